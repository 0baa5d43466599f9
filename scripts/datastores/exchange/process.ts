import process from 'node:process';
import { text } from 'node:stream/consumers';
import { toFailure } from '../../common/failure.ts';
import type { Engine } from '../../engines/engine.ts';
import type { ServerAddress } from '../address.ts';
import type { Exchange } from '../generation.ts';
import { type Answer, addressOf, type Order, writeFailure } from './order.ts';

/** How the exchanges of one kind of store are done in a process of their own. */
export interface ExchangeWork {
  /** After so many milliseconds the process ends, whatever it does. */
  readonly hardEnd: number;
  /** Returns notes; throws a Failure that says what stands. */
  readonly perform: (address: ServerAddress, exchanges: readonly Exchange[]) => Promise<readonly string[]>;
}

/**
 * A process of its own for an exchange, which is many small steps: it goes on to the end whatever becomes of the process
 * that started it. An order that is cut off is none.
 */
export async function runExchangeProcess(engines: readonly Engine[], work: ExchangeWork): Promise<void> {
  setTimeout(() => process.exit(1), work.hardEnd).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // Who would read the answer may be gone.
  for (const pipe of [process.stdout, process.stderr]) pipe.on('error', () => undefined);
  const answer = await obey(await text(process.stdin), engines, work);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function obey(order: string, engines: readonly Engine[], { perform }: ExchangeWork): Promise<Answer> {
  try {
    const { exchanges, ...rest } = JSON.parse(order) as Order;
    return { notes: await perform(addressOf({ exchanges, ...rest }, engines), exchanges) };
  } catch (error) {
    return writeFailure(toFailure(error, { step: 'exchange' }));
  }
}
