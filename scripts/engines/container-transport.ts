import { randomBytes } from 'node:crypto';
import { startChild } from './child.ts';
import type { Client } from './client.ts';
import { explainClient } from './client-words.ts';
import { commandEnvironment } from './command-environment.ts';
import type { CallOptions, Command } from './engine.ts';
import { farSideArguments } from './far-side.ts';
import { identityOf } from './identity.ts';
import { endWithin } from './outcome.ts';
import { parseSeal } from './seal.ts';
import type { Purpose, Running, Transport } from './transport.ts';

/** So long the far side has to end when its life line is gone, in milliseconds; it takes two seconds to be rude. */
const LIFE_LINE_PATIENCE = 3000;
/**
 * A conversation ends when nothing more is said; the far side gives it five seconds, who closes it does not. On a busy
 * machine the way back takes most of it, and what comes next costs another call of the engine.
 */
const CONVERSATION_PATIENCE = 1000;
/** So long the second try by its nonce may take, in milliseconds. */
const END_PATIENCE = 4000;

/**
 * The way into a container: the wrapper of far-side.sh through the engine's own "exec -i", never with a terminal.
 * `seen`: the identities of containers as they were seen last, by the names they are called by here.
 */
export function containerTransport(client: Client, seen: Map<string, string>): Transport {
  const { name, program } = client;
  const identity = async (service: string, options: CallOptions): Promise<string> => {
    const found = await identityOf(client, service, options);
    seen.set(service, found);
    return found;
  };
  return {
    name,
    start: (service, command, purpose, bytes) => startInContainer(client, service, command, { purpose, bytes }),
    identity,
    lastIdentity: async (service) => seen.get(service) ?? (await identity(service, {})),
    explain: (service, end) => explainClient({ name, service }, program, end),
  };
}

function startInContainer(
  client: Client,
  service: string,
  command: Command,
  { purpose, bytes }: { purpose: Purpose; bytes: number },
): Running {
  const nonce = randomBytes(16).toString('hex');
  const isSealed = purpose !== 'conversation';
  const values = commandEnvironment(command, true);
  const flags = Object.keys(values).flatMap((variable) => ['-e', variable]);
  const exec = ['exec', '-i', ...userOf(command), ...flags, service, 'sh'];
  const order = { mode: isSealed ? 'sealed' : 'open', nonce, bytes, argv: command.argv } as const;
  const child = startChild([client.program, ...exec, ...farSideArguments(order)], { ...client.environment, ...values });
  const running: Running = {
    child,
    nonce: isSealed ? nonce : undefined,
    acknowledge: () => child.stdin.end(),
    finishInput: (sha256) => {
      // Where nothing was announced, whatever comes is the end of the life line.
      if (bytes > 0) child.stdin.write(`${sha256}\n`);
    },
    judge: (_, seal) => parseSeal(seal, nonce),
    close: async () => {
      // Standard input is the life line. What the program still says must not hold it up.
      child.stdin.destroy();
      child.stdout.resume();
      if (await endWithin(running, isSealed ? LIFE_LINE_PATIENCE : CONVERSATION_PATIENCE)) return;
      await endByNonce(client, service, command, nonce);
      if (await endWithin(running, LIFE_LINE_PATIENCE)) return;
      child.kill();
      await child.ended;
    },
  };
  return running;
}

/** For a wrapper that cannot see its life line, because a program that reads nothing stands between. */
async function endByNonce(client: Client, service: string, command: Command, nonce: string): Promise<void> {
  const order = farSideArguments({ mode: 'end', nonce, bytes: 0, argv: [] });
  const exec = ['exec', '-i', ...userOf(command), service, 'sh', ...order] as const;
  const child = startChild([client.program, ...exec], client.environment);
  child.stdout.resume();
  if (!(await endWithin({ child }, END_PATIENCE))) child.kill();
}

function userOf({ user }: Command): string[] {
  return user === undefined ? [] : ['-u', user];
}
