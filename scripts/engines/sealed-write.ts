import { createHash } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { toFailure } from '../common/failure.ts';
import { type Conclusion, conclude } from './conclude.ts';
import { startDeadline } from './deadline.ts';
import type { CallOptions, Command, Seal } from './engine.ts';
import { broken, endedWell, programFailure, programName, unproven } from './outcome.ts';
import type { Running, Transport } from './transport.ts';

/** What was sent: all that was announced, or less because the program would not take more. */
interface Sent {
  readonly bytes: number;
  readonly sha256: string;
}

/** Streams an announced number of bytes into a program; see Engine.write for its obligations. */
export async function sealedWrite(
  transport: Transport,
  service: string,
  command: Command,
  input: Readable,
  options: CallOptions & { bytes: number },
): Promise<Seal & { stdout: string }> {
  const what = programName(command);
  const { bytes } = options;
  const deadline = startDeadline(options, what);
  const running = transport.start(service, command, 'input', bytes);
  const before = transport.lastIdentity(service);
  before.catch(() => {});
  try {
    const concluded = conclude(running, what);
    const sending = send(input, running, bytes);
    // The first of them to fail is thrown; the others have nobody left who listens.
    for (const promise of [concluded, sending]) promise.catch(() => {});
    // The program may end while the input still waits for its source; then its own words count.
    const conclusion = await Promise.race([sending.then(() => concluded), concluded, deadline.passed]);
    if (!conclusion.verdict) throw await unproven(transport, service, { end: conclusion.end, before, what });
    const failure =
      programFailure(command, conclusion.verdict, conclusion.end.stderr) ??
      (bytes > 0 && !conclusion.verdict.input
        ? broken(`${what} ended well but did not read all of its input`)
        : undefined);
    if (failure) throw failure;
    const sent = await Promise.race([sending, deadline.passed]);
    const mismatch = judgeInput(what, conclusion, sent);
    if (mismatch) throw mismatch;
    return { ...sent, stderr: conclusion.end.stderr, stdout: conclusion.output.toString() };
  } finally {
    deadline.stop();
    input.destroy();
    await running.close();
  }
}

function judgeInput(what: string, { verdict, end }: Conclusion, sent: Sent) {
  if (verdict?.input !== undefined && verdict.input !== sent.sha256) {
    const message = `the input of ${what} was changed on the way`;
    return broken(`${message}: found sha256 ${verdict.input}, expected ${sent.sha256}`);
  }
  return endedWell(end) ? undefined : broken('the client failed after the seal', end.stderr);
}

/** Sends the input with back-pressure. Stops when nobody takes it. Throws when it is not as long as announced. */
async function send(input: Readable, running: Running, bytes: number): Promise<Sent> {
  const { stdin } = running.child;
  const isTaken = () => !stdin.destroyed && !stdin.writableEnded && stdin.errored === null;
  const hash = createHash('sha256');
  let count = 0;
  try {
    for await (const chunk of input) {
      if (count + chunk.length > bytes) throw broken(`the input runs over: expected ${bytes} bytes`);
      if (!isTaken()) break;
      hash.update(chunk);
      count += chunk.length;
      if (!stdin.write(chunk)) await writable(stdin);
    }
  } catch (error) {
    throw toFailure(error);
  }
  if (isTaken() && count < bytes) throw broken(`the input ended early: found ${count} bytes, expected ${bytes}`);
  const sha256 = hash.digest('hex');
  if (isTaken()) running.finishInput(sha256);
  return { bytes: count, sha256 };
}

/** Resolves when the pipe takes more, or never will. */
function writable(pipe: Writable): Promise<void> {
  const events = ['drain', 'error', 'close'];
  return new Promise((resolve) => {
    const ready = () => {
      for (const event of events) pipe.off(event, ready);
      resolve();
    };
    for (const event of events) pipe.on(event, ready);
  });
}
