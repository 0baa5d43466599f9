/** MinIO in a container, as people run it: found by its image, reached by its published port, its key in its environment. */
import { dirname } from 'node:path';
import type { ContainerCli } from './container-cli.ts';
import { answers, freePort } from './daemon.ts';
import { type Minio, minioProgram } from './minio.ts';
import { pipe } from './run.ts';
import { chooseWay } from './way.ts';

/** A container that runs. */
export interface MinioContainer extends Minio {
  readonly cli: ContainerCli;
}

const IMAGE = 'localhost/holdfast-stack/minio:latest';

/**
 * Starts one that belongs to the compose project of a folder. The image is the program and nothing else. `publish`: false
 * leaves it to the network of the engine.
 */
export async function startMinioContainer(folder: string, publish = true): Promise<MinioContainer> {
  const { cli } = await chooseWay();
  const words = ['ENTRYPOINT ["/minio"]', 'EXPOSE 9000', 'VOLUME /data'].flatMap((change) => ['-c', change]);
  const tar = ['-c', '-C', dirname(await minioProgram()), 'minio'];
  await pipe(['tar', tar], [cli.name, ['import', ...words, '-', IMAGE], { ...cli.environment }]);
  const [port, accessKeyId, secretAccessKey] = [await freePort(), 'shop-root', "container secret/+=$'"];
  const keys = { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey, HOME: '/data' };
  const name = `holdfast-minio-${port}`;
  const labels = { project: name, service: 'minio', 'project.working_dir': folder };
  const args = [
    ...['run', '-d', '--name', name, ...(publish ? ['-p', `127.0.0.1:${port}:9000`] : [])],
    ...Object.entries(labels).flatMap(([label, value]) => ['--label', `com.docker.compose.${label}=${value}`]),
    ...Object.keys(keys).flatMap((key) => ['-e', key]),
    ...[IMAGE, 'server', '--quiet', '/data'],
  ];
  const stop = async (): Promise<void> => {
    await cli.run(['rm', '-f', '-v', name]);
    await cli.run(['image', 'rm', IMAGE]);
  };
  await cli.run(args, { env: keys });
  const endpoint = publish ? `http://127.0.0.1:${port}` : `http://${await ownAddress(cli, name)}:9000`;
  for (let left = 300; !(await answers(`${endpoint}/minio/health/ready`)); left -= 1) {
    if (left === 0) throw new Error(`MinIO in ${name} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { cli, endpoint, port, accessKeyId, secretAccessKey, stop };
}

async function ownAddress(cli: ContainerCli, name: string): Promise<string> {
  const form = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return (await cli.run(['inspect', '--format', form, name])).trim();
}
