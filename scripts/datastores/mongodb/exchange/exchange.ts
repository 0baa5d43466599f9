import type { Context } from '../../../common/context.ts';
import { using } from '../../../common/using.ts';
import { exchangeInProcess } from '../../exchange/child.ts';
import type { ExchangeWork } from '../../exchange/process.ts';
import type { Exchange } from '../../generation.ts';
import { type Connection, openConnection } from '../connection/connection.ts';
import { performExchanges } from './perform.ts';
import { HARD_END, ownRunner } from './runner.ts';

/**
 * Exchanges collections of databases, by a process of its own: it ends what it began when we are killed, and is not ended
 * by the signals that end us. Throws its Failure; see Server.exchange.
 */
export async function exchange(
  { address }: Connection,
  exchanges: readonly Exchange[],
  { signal }: Context,
): Promise<readonly string[]> {
  return await exchangeInProcess(address, exchanges, HARD_END, signal);
}

/** What that process does. */
export const mongoExchangeWork: ExchangeWork = {
  hardEnd: HARD_END,
  perform: async (address, exchanges) => {
    const connection = await openConnection(address, {});
    const resource = { connection, [Symbol.asyncDispose]: () => connection.close() };
    return await using(resource, async () => performExchanges(connection, exchanges, await ownRunner()));
  },
};
