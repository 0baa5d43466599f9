import { constants } from 'node:os';
import { Failure } from '../common/failure.ts';
import { type ChildEnd, exitCode } from './child.ts';
import type { Command } from './engine.ts';
import type { Verdict } from './seal.ts';
import type { Running, Transport } from './transport.ts';

/** How a program is named in messages: its own name, without the folder and the arguments. */
export function programName({ argv }: Command): string {
  return `"${argv[0].slice(argv[0].lastIndexOf('/') + 1)}"`;
}

/** The Failure of a program that could not be started (126, 127) or of a far side that lacks what the seal needs. */
export function missingTool(command: Command, verdict: Verdict, stderr: string): Failure | undefined {
  const { code } = verdict;
  // That the shell of the far side did not find it either says nothing more.
  const detail = wordsOf(stderr.replace(/^holdfast: .*\bnot found$/m, ''));
  if (code === 127) return new Failure('tool-missing', { message: `found no program ${programName(command)}`, detail });
  if (code !== 126) return undefined;
  return new Failure('tool-missing', { message: `the program ${programName(command)} cannot be executed`, detail });
}

/** The Failure of a program that ended with another code than 0; undefined when it ended well. */
export function programFailure(command: Command, verdict: Verdict, stderr: string): Failure | undefined {
  if (verdict.code === 0) return undefined;
  const missing = missingTool(command, verdict, stderr);
  if (missing) return missing;
  const signal = verdict.code - 128;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  const how = name === undefined ? `ended with exit code ${verdict.code}` : `was ended by ${name} (${verdict.code})`;
  return new Failure('tool-failed', { message: `${programName(command)} ${how}`, detail: wordsOf(stderr) });
}

/** Compares what the far side wrote with what arrived. `what`: whose output. */
export function compareOutput(what: string, verdict: Verdict, found: { bytes: number; sha256: string }) {
  if (verdict.sha256 === undefined) {
    const message = 'found no program "sha256sum" or "openssl" to prove the stream with';
    return new Failure('tool-missing', { message });
  }
  if (verdict.bytes !== undefined && verdict.bytes !== found.bytes) {
    return broken(`the output of ${what} is not whole: found ${found.bytes} bytes, expected ${verdict.bytes}`);
  }
  if (verdict.sha256 === found.sha256) return undefined;
  return broken(
    `the output of ${what} was changed on the way: found sha256 ${found.sha256}, expected ${verdict.sha256}`,
  );
}

/** A Failure "broken-stream". */
export function broken(message: string, detail?: string): Failure {
  return new Failure('broken-stream', { message, detail: wordsOf(detail) });
}

/**
 * The Failure of a stream that came without its proof: what the engine's client says about it, else what happened to
 * the service meanwhile, else that the proof is missing. `before`: its identity when the stream began, when it was asked.
 */
export async function unproven(
  transport: Transport,
  service: string,
  { end, before, what }: { end: ChildEnd; before?: Promise<string | undefined>; what: string },
): Promise<Failure> {
  const told = transport.explain(service, end);
  if (told) return told;
  const changed = await changeOf(transport, service, before);
  if (changed) return changed;
  const words = end.signal === undefined ? `exit code ${exitCode(end)}` : end.signal;
  return broken(
    `the stream of ${what} ended without its seal, the client of ${transport.name} with ${words}`,
    end.stderr,
  );
}

/** The Failure of a service that is not what it was when the stream began; undefined when it is the same. */
async function changeOf(
  transport: Transport,
  service: string,
  before: Promise<string | undefined> | undefined,
): Promise<Failure | undefined> {
  const [first, now] = await Promise.allSettled([before, transport.identity(service, { timeoutMs: 30_000 })]);
  if (first.status === 'rejected') return first.reason as Failure;
  if (now.status === 'rejected') {
    const { message, detail } = now.reason as Failure;
    const text = `the container went away under the running stream: ${message}`;
    return new Failure('server-changed', { message: text, detail, cause: now.reason });
  }
  if (before === undefined || first.value === now.value) return undefined;
  const message = `the container was restarted or replaced under the running stream: found ${now.value}, expected ${first.value}`;
  return new Failure('server-changed', { message });
}

/** True for an end that says the same as a good seal: exit code 0 and no signal. */
export function endedWell(end: ChildEnd): boolean {
  return end.code === 0;
}

/** Resolves when the child is gone; ends its process group when that takes longer than so many milliseconds. */
export async function endWithin(
  { child }: Running | { child: Running['child'] },
  milliseconds: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const ended = await Promise.race([child.ended.then(() => true as const), late]);
  clearTimeout(timer);
  return ended;
}

function wordsOf(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}
