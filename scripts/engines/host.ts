import { hostname, release } from 'node:os';
import type { Duplex } from 'node:stream';
import { Failure } from '../common/failure.ts';
import { type ChildEnd, type Environment, exitCode, startChild } from './child.ts';
import { commandEnvironment } from './command-environment.ts';
import { copyFileIn, copyFileOut } from './copy.ts';
import type { Command, Engine } from './engine.ts';
import { farSideArguments } from './far-side.ts';
import { endWithin } from './outcome.ts';
import { runShort } from './run.ts';
import { sealedRead } from './sealed-read.ts';
import { sealedWrite } from './sealed-write.ts';
import { openSession } from './session.ts';
import type { Purpose, Running, Transport } from './transport.ts';

/** So long a program has to end when its life line is gone, in milliseconds; it takes two seconds to be rude. */
const LIFE_LINE_PATIENCE = 4000;

/**
 * Programs of this machine, for servers reached over TCP or a socket. The service is always the empty string. Between
 * a program and us is one pipe of the kernel: bytes and digest are taken on it, the exit code is the kernel's.
 */
export function hostEngine(environment: Environment): Engine {
  const transport: Transport = {
    name: 'host',
    start: (_, command, purpose) => startHere(environment, command, purpose),
    identity: async () => undefined,
    lastIdentity: async () => undefined,
    explain: (_, end) => explain(end),
  };
  const engine: Engine = {
    name: 'host',
    version: async () => release(),
    list: async () => [],
    inspect: async (service) => Promise.reject(noContainer(service)),
    run: (service, command, options) => runShort(transport, service, command, options),
    read: (service, command, options) => sealedRead(transport, service, command, options),
    write: (service, command, input, bytes, options) =>
      sealedWrite(transport, service, command, input, { ...options, bytes }),
    open: (service, command, options) => openSession(transport, service, command, options),
    copyOut: (service, from, to, options) => copyFileOut(engine, service, from, { ...options, to }),
    copyIn: (service, from, to, options) => copyFileIn(engine, service, from, { ...options, to }),
    stop: async (service) => Promise.reject(noContainer(service)),
    start: async (service) => Promise.reject(noContainer(service)),
  };
  return engine;
}

function startHere(environment: Environment, command: Command, purpose: Purpose): Running {
  const mode = purpose === 'input' ? 'feed' : 'host';
  const order = farSideArguments({ mode, nonce: '-', bytes: 0, argv: command.argv });
  const values = { ...environment, ...commandEnvironment(command, false) };
  const child = startChild(['/bin/sh', ...order], values, mode === 'feed' ? 2 : 1);
  const [lifeLine, word] = child.extra;
  if (purpose === 'output') child.stdin.end();
  let announced: string | undefined;
  let isTaken = false;
  const ended = Promise.all([child.ended, isTakenBy(word)]).then(([end, answer]) => {
    isTaken = answer;
    return end;
  });
  const running: Running = {
    child: { ...child, ended },
    nonce: undefined,
    acknowledge: () => {},
    finishInput: (sha256) => {
      announced = sha256;
      child.stdin.end();
      word?.write('\n');
    },
    judge: (end) => {
      if (end.problem) return undefined;
      return { code: exitCode(end), ...(isTaken && announced && { input: announced }) };
    },
    close: async () => {
      lifeLine?.destroy();
      child.stdout.resume();
      if (!(await endWithin(running, LIFE_LINE_PATIENCE))) child.kill();
      await child.ended;
      for (const pipe of [child.stdin, ...child.extra]) pipe.destroy();
    },
  };
  return running;
}

/** True when the wrapper says that the program took all its input; known when the pipe is closed. */
async function isTakenBy(pipe: Duplex | undefined): Promise<boolean> {
  if (!pipe) return false;
  const words: Buffer[] = [];
  pipe.on('data', (chunk: Buffer) => words.push(chunk));
  // After the end there is nothing more to write to it.
  pipe.on('end', () => pipe.destroy());
  await new Promise((resolve) => pipe.once('close', resolve));
  return Buffer.concat(words).toString() === 'taken\n';
}

function explain({ problem }: ChildEnd): Failure | undefined {
  return (
    problem &&
    new Failure('tool-missing', { message: 'the program "/bin/sh" cannot be started', detail: problem.message })
  );
}

function noContainer(service: string): Failure {
  return new Failure('not-found', { message: `"${hostname()}" itself has no container "${service}"` });
}
