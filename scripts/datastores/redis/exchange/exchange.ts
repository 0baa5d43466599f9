import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import { using } from '../../../common/using.ts';
import { exchangeInProcess } from '../../exchange/child.ts';
import type { ExchangeWork } from '../../exchange/process.ts';
import type { Exchange } from '../../generation.ts';
import { type Connection, openConnection } from '../connection/connection.ts';
import { performExchange } from './perform.ts';

/** Data of many gigabytes takes its time to be loaded twice; in milliseconds. */
const HARD_END = 3_600_000;

/**
 * Puts a file's data in the place of what a server holds, by a process of its own: a server that is half-way through must
 * not be left alone when we are killed. See Server.exchange.
 */
export async function exchange(
  { address }: Connection,
  exchanges: readonly Exchange[],
  { signal }: Context,
): Promise<readonly string[]> {
  return await exchangeInProcess(address, exchanges, HARD_END, signal);
}

/** What that process does. */
export const redisExchangeWork: ExchangeWork = {
  hardEnd: HARD_END,
  perform: async (address, exchanges) => {
    const connection = await openConnection(address, {});
    const [only, ...others] = exchanges;
    // There is one source for each server.
    if (only === undefined || others.length > 0) {
      throw new Failure('internal', {
        message: `found ${exchanges.length} exchanges of one Redis server, expected one`,
      });
    }
    const resource = { [Symbol.asyncDispose]: () => connection.client.close() };
    return await using(resource, () => performExchange(connection, only));
  },
};
