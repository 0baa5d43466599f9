/** A real S3 server: MinIO, built from its Go module and run as a process of its own. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { answers, freePort, startDaemon } from './daemon.ts';
import { goProgram } from './go-program.ts';

/** A MinIO that runs. */
export interface Minio {
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** The path of the program, which needs no libraries. */
export function minioProgram(): Promise<string> {
  return goProgram({
    name: 'minio',
    module: 'github.com/minio/minio',
    version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  });
}

/** Starts MinIO on a free port with an empty folder. */
export async function startMinio(): Promise<Minio> {
  const program = await minioProgram();
  const [port, consolePort] = [await freePort(), await freePort()];
  const [accessKeyId, secretAccessKey] = ['holdfast', "s3 secret/+=$'"];
  const endpoint = `http://127.0.0.1:${port}`;
  const daemon = await startDaemon({
    program,
    args: (folder) => [
      'server',
      '--quiet',
      `--address=127.0.0.1:${port}`,
      `--console-address=127.0.0.1:${consolePort}`,
      folder,
    ],
    env: {
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_UPDATE: 'off',
      MINIO_BROWSER: 'off',
    },
    isReady: () => answers(`${endpoint}/minio/health/ready`),
  });
  return { endpoint, port, accessKeyId, secretAccessKey, stop: daemon.stop };
}

/** Makes a bucket. */
export async function makeBucket({ endpoint, accessKeyId, secretAccessKey }: Minio, name: string): Promise<void> {
  const place = { endpoint, region: 'us-east-1', forcePathStyle: true };
  const client = new S3Client({ ...place, credentials: { accessKeyId, secretAccessKey } });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  client.destroy();
}
