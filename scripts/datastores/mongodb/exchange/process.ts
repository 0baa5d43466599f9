import process from 'node:process';
import { text } from 'node:stream/consumers';
import { toFailure } from '../../../common/failure.ts';
import { using } from '../../../common/using.ts';
import type { Engine } from '../../../engines/engine.ts';
import { openConnection } from '../connection/connection.ts';
import { type Answer, addressOf, type Order, writeFailure } from './order.ts';
import { performExchanges } from './perform.ts';
import { HARD_END, ownRunner } from './runner.ts';

/**
 * A process of its own for an exchange, which is many small steps: it goes on to the end whatever becomes of the process
 * that started it. Ends after a minute at the latest. An order that is cut off is none.
 */
export async function runExchangeProcess(engines: readonly Engine[]): Promise<void> {
  setTimeout(() => process.exit(1), HARD_END).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // Who would read the answer may be gone.
  for (const pipe of [process.stdout, process.stderr]) pipe.on('error', () => undefined);
  const answer = await obey(await text(process.stdin), engines);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function obey(order: string, engines: readonly Engine[]): Promise<Answer> {
  try {
    const { exchanges, ...rest } = JSON.parse(order) as Order;
    const connection = await openConnection(addressOf({ exchanges, ...rest }, engines), {});
    const resource = { connection, [Symbol.asyncDispose]: () => connection.close() };
    return await using(resource, async () => ({
      notes: await performExchanges(connection, exchanges, await ownRunner()),
    }));
  } catch (error) {
    return writeFailure(toFailure(error, { step: 'exchange' }));
  }
}
