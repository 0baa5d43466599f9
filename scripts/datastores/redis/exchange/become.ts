import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import type { Connection } from '../connection/connection.ts';
import type { Place } from '../files.ts';
import { readSettings } from '../layout.ts';
import { type SideServer, startSideServer } from '../side-server.ts';
import { keySpaces } from '../target.ts';

/** Between two looks, in milliseconds. */
const LOOK_AGAIN = 200;
/** Without a connection to the server beside it, or without a rewrite of its log, so many milliseconds are waited. */
const PATIENCE = 60_000;

/** Settings of a replica that are in the way, and what they are meanwhile. The password of the other server joins them. */
const ASIDE = { masterauth: '', masteruser: '', 'tls-replication': 'no' } as const;

/**
 * Gives the live server the data of a file, or none: a second server beside it loads the file, the live one becomes its
 * replica, and its own master again when it holds the same keys. The live server so writes its files itself, be it with
 * an append-only log or not, and is never restarted. `before` runs when the second server is ready. Throws a Failure.
 */
export async function become(
  connection: Connection,
  place: Place,
  file: string | undefined,
  before: () => Promise<void>,
): Promise<void> {
  const side = await startSideServer(connection, place.dir, file, {});
  try {
    await before();
    const settings = await readSettings(connection, Object.keys(ASIDE), {});
    try {
      await follow(connection, side, settings);
    } finally {
      await leave(connection, settings);
    }
  } finally {
    await side.close();
  }
}

type Settings = Readonly<Record<string, string | undefined>>;

async function follow(connection: Connection, side: SideServer, settings: Settings): Promise<void> {
  const { client } = connection;
  const set = (name: string, value: string | Secret) => client.ask(['CONFIG', 'SET', name, value]);
  for (const [name, value] of Object.entries(ASIDE)) {
    if (name !== 'masterauth' && settings[name] !== undefined && settings[name] !== value) await set(name, value);
  }
  await set('masterauth', side.password);
  await client.ask(['REPLICAOF', '127.0.0.1', String(side.port)]);
  await untilSynced(connection, side);
  await requireSameKeys(connection, side);
  await untilLogged(connection);
}

/** Also where following failed: a server must not stay the replica of one that ends now. */
async function leave(connection: Connection, settings: Settings): Promise<void> {
  const { client } = connection;
  await client.ask(['REPLICAOF', 'NO', 'ONE']);
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) await client.ask(['CONFIG', 'SET', name, new Secret(value)]);
  }
  // The second server takes its time to end; nobody waits for that.
  await resumeWriters(connection);
}

/** Clients that write are held back until the exchange is over; by themselves they go on soon when we are gone. */
export async function pauseWriters({ client }: Connection): Promise<void> {
  // Servers before 6.2 only know to hold back everybody, us as well: there writers see an error for a moment.
  await client.replies([['CLIENT', 'PAUSE', '5000', 'WRITE']]);
}

/** Lets writers go on. */
export async function resumeWriters({ client }: Connection): Promise<void> {
  await client.replies([['CLIENT', 'UNPAUSE']]);
}

async function untilSynced(connection: Connection, { port }: SideServer): Promise<void> {
  for (let end = Date.now() + PATIENCE; ; await sleep(LOOK_AGAIN)) {
    await pauseWriters(connection);
    const info = await connection.client.info();
    const isBusy = info.get('loading') === '1' || info.get('master_sync_in_progress') === '1';
    const isUp = info.get('master_link_status') === 'up' && info.get('master_port') === String(port);
    if (isUp && !isBusy) return;
    if (isBusy) end = Date.now() + PATIENCE;
    if (Date.now() < end) continue;
    const message = `${connection.address.label} does not take the data of the server beside it`;
    throw new Failure('timeout', { message, detail: `master_link_status: ${info.get('master_link_status')}` });
  }
}

/** Keys that stay; those with a time to live may end at any moment, on either side. */
async function requireSameKeys({ client, address }: Connection, side: SideServer): Promise<void> {
  const [live, beside] = [keySpaces(await client.info()), keySpaces(await side.client.info())];
  for (const name of new Set([...live.keys(), ...beside.keys()])) {
    const [found, expected] = [live, beside].map((spaces) => {
      const { keys, expires } = spaces.get(name) ?? { keys: 0, expires: 0 };
      return keys - expires;
    });
    if (found === expected) continue;
    const message = `${name} of ${address.label} has ${found} keys that stay, expected ${expected}`;
    throw new Failure('mismatch', { message });
  }
}

/** With an append-only log, a start reads that alone: it must be written anew before anybody writes to it. */
async function untilLogged(connection: Connection): Promise<void> {
  const { appendonly } = await readSettings(connection, ['appendonly'], {});
  if (appendonly !== 'yes') return;
  for (let end = Date.now() + PATIENCE; ; await sleep(LOOK_AGAIN)) {
    await pauseWriters(connection);
    const info = await connection.client.info();
    const isBusy = info.get('aof_rewrite_in_progress') === '1' || info.get('aof_rewrite_scheduled') === '1';
    const isDone = info.get('aof_enabled') === '1' && info.get('aof_last_bgrewrite_status') === 'ok';
    if (isDone && !isBusy) return;
    if (isBusy) end = Date.now() + PATIENCE;
    if (Date.now() < end) continue;
    const message = `${connection.address.label} does not write its append-only log`;
    throw new Failure('timeout', { message, detail: `status: ${info.get('aof_last_bgrewrite_status')}` });
  }
}
