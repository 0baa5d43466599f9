import { spawn } from 'node:child_process';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../common/failure.ts';
import type { ServerAddress } from '../address.ts';
import type { Exchange } from '../generation.ts';
import { readAnswer, writeOrder } from './order.ts';

const PROGRAM = fileURLToPath(new URL('../../exchange-process.ts', import.meta.url));

/**
 * Has a process of its own do exchanges: it ends what it began when we are killed, and is not ended by the signals that
 * end us. `hardEnd`: when that process ends at the latest, in milliseconds. The signal counts until it is
 * started. Throws its Failure.
 */
export async function exchangeInProcess(
  address: ServerAddress,
  exchanges: readonly Exchange[],
  hardEnd: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [PROGRAM, address.kind], { detached: true, stdio: 'pipe' });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, ending) =>
      resolve(`it ended ${ending === null ? `with code ${code}` : `by ${ending}`}`),
    );
  });
  // A pipe that breaks tells less than how the process ended.
  child.stdin.on('error', () => undefined);
  child.stdin.end(writeOrder(address, exchanges));
  // It ends by itself long before, unless it was stopped.
  const late = setTimeout(() => child.kill('SIGKILL'), hardEnd + 5000);
  const [answer, words] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const end = await ended;
  clearTimeout(late);
  if (answer.endsWith('\n')) return readAnswer(answer);
  throw new Failure('tool-failed', {
    message: 'the process that exchanges old and new data gave no answer',
    detail: `${end}\n${words.trim().slice(-2000)}`.trim(),
    stands: 'old and new data may be mixed; the same once more ends it',
  });
}
