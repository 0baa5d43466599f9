/** An S3 server of another make than MinIO: versitygw, which keeps objects as files. */
import { connect } from 'node:net';
import { freePort, startDaemon } from './daemon.ts';
import { goProgram } from './go-program.ts';
import type { Minio } from './minio.ts';

/** Starts versitygw on a free port with an empty folder. */
export async function startVersitygw(): Promise<Minio> {
  const program = await goProgram({
    name: 'versitygw',
    module: 'github.com/versity/versitygw',
    version: 'v1.8.0',
    source: 'github.com/versity/versitygw/cmd/versitygw',
  });
  const port = await freePort();
  const [accessKeyId, secretAccessKey] = ['holdfast', 'another-secret'];
  const daemon = await startDaemon({
    program,
    args: (folder) => ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder],
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    isReady: () => listens(port),
  });
  return { endpoint: `http://127.0.0.1:${port}`, port, accessKeyId, secretAccessKey, stop: daemon.stop };
}

/** Does anybody listen there? */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return await new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer === true;
  });
}
