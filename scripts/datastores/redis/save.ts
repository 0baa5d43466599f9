import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../common/failure.ts';
import type { CallOptions } from '../../engines/engine.ts';
import type { Connection } from './connection/connection.ts';

/** Between two looks, in milliseconds. */
const LOOK_AGAIN = 100;

/** The server may not, or cannot, write its file: the reason, in its own words. */
export class SaveRefused extends Error {}

/**
 * Has the server write its RDB file in a process of its own (BGSAVE) and waits for the end; one that is on its way is
 * waited for, since it is of an older moment. `meanwhile` runs between two looks. Throws {@link SaveRefused}, or Failure
 * "interrupted".
 */
export async function saveInBackground(
  connection: Connection,
  options: CallOptions,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const { client } = connection;
  for (;;) {
    options.signal?.throwIfAborted();
    await meanwhile();
    const before = await persistence(connection, options);
    // The time of a save has whole seconds: another one within the same would not show.
    if (before.isBusy || before.now <= before.lastSave) {
      await sleep(LOOK_AGAIN, undefined, options);
      continue;
    }
    const [reply] = await client.replies([['BGSAVE']], options);
    if (reply?.error === undefined) return await waitForEnd(connection, before.lastSave, options, meanwhile);
    if (!/in progress|child process/i.test(reply.text)) throw new SaveRefused(reply.text.trim());
    await sleep(LOOK_AGAIN, undefined, options);
  }
}

/**
 * Has the server write its RDB file itself (SAVE), which stops it for as long as that takes: for servers whose machine has
 * no memory for a second process. Throws {@link SaveRefused}.
 */
export async function saveBlocking({ client }: Connection, options: CallOptions): Promise<void> {
  for (;;) {
    const [reply] = await client.replies([['SAVE']], options);
    if (reply?.error === undefined) return;
    if (!/in progress|child process/i.test(reply.text)) throw new SaveRefused(reply.text.trim());
    await sleep(LOOK_AGAIN, undefined, options);
  }
}

async function waitForEnd(
  connection: Connection,
  lastSave: number,
  options: CallOptions,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  for (;;) {
    await meanwhile();
    const state = await persistence(connection, options);
    if (!state.isBusy) {
      if (state.status === 'ok' && state.lastSave > lastSave) return;
      throw new SaveRefused(`BGSAVE ended with status "${state.status}"`);
    }
    await sleep(LOOK_AGAIN, undefined, options);
  }
}

async function persistence({ client, address }: Connection, options: CallOptions) {
  const [info, time] = await client.replies([['INFO', 'persistence'], ['TIME']], options);
  const of = (name: string): string | undefined => new RegExp(`^${name}:(\\S*)`, 'm').exec(info?.text ?? '')?.[1];
  const lastSave = Number(of('rdb_last_save_time'));
  if (Number.isNaN(lastSave)) {
    throw new Failure('tool-failed', { message: `${address.label} does not tell of its saves`, detail: info?.text });
  }
  const isBusy = of('rdb_bgsave_in_progress') === '1' || of('aof_rewrite_in_progress') === '1';
  // Without TIME every moment is late enough.
  const now = time?.error === undefined ? Number(time?.text.split('\n')[0]) : Number.POSITIVE_INFINITY;
  return { isBusy, lastSave, status: of('rdb_last_bgsave_status') ?? '', now };
}
