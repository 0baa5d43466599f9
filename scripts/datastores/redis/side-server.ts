import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, toFailure } from '../../common/failure.ts';
import { Secret } from '../../common/secret.ts';
import { type CallOptions, SECRET_FILE, type Session } from '../../engines/engine.ts';
import { Tail } from '../../engines/tail.ts';
import { Client } from './connection/client.ts';
import type { Connection } from './connection/connection.ts';
import { readSettings } from './layout.ts';

/** A second server beside the live one, of the same program, that holds what a file holds and is never written to. */
export interface SideServer {
  readonly client: Client;
  readonly port: number;
  readonly password: Secret;
  /** Ends it; nothing is saved. */
  close(): Promise<void>;
}

/** A port may be taken: so often another is tried. */
const TRIES = 5;
const LOOK_AGAIN = 50;

/**
 * Starts a server on the loopback of the live one, with the files of `dir`. `file` is loaded; undefined: it stays empty.
 * It has a password of its own, which it reads from a pipe together with all its settings, and ends when we do. Throws
 * Failure "tool-missing", or "tool-failed" with the last words of its log when it cannot load the file.
 */
export async function startSideServer(
  connection: Connection,
  dir: string,
  file: string | undefined,
  options: CallOptions,
): Promise<SideServer> {
  const { address, farSide } = connection;
  if (farSide.server === undefined) {
    throw new Failure('tool-missing', { message: `there is no redis-server where ${address.label} is` });
  }
  const shared = await sharedSettings(connection, options);
  for (let left = TRIES; ; left--) {
    const port = randomInt(20_000, 60_000);
    const password = new Secret(randomBytes(18).toString('base64url'));
    const settings = settingsText([...shared, ...ownSettings(dir, file, port, password)]);
    const argv = [farSide.server, SECRET_FILE] as const;
    const session = address.engine.open(address.service, { argv, secretFile: new Secret(settings) });
    const place = ['-h', '127.0.0.1', '-p', String(port)];
    const label = `the server beside ${address.label}`;
    const client = new Client(address, { cli: farSide.cli, place, user: undefined, password, label });
    try {
      await untilLoaded(session, client, { file, label, options });
      return { client, port, password, close: () => closeBoth(client, session) };
    } catch (error) {
      await closeBoth(client, session);
      if (left <= 1 || !(error instanceof Failure && /in use/i.test(error.detail ?? ''))) throw error;
    }
  }
}

async function closeBoth(client: Client, session: Session): Promise<void> {
  await Promise.all([client.close(), session.close()]);
}

/** What it must have as the live one has it, to hold the same: the number of databases, and modules. */
async function sharedSettings(connection: Connection, options: CallOptions): Promise<string[][]> {
  const { databases = '16' } = await readSettings(connection, ['databases'], options);
  const [modules] = await connection.client.replies([['MODULE', 'LIST']], options);
  const words = modules?.error === undefined ? (modules?.text ?? '').split('\n') : [];
  const paths = words.flatMap((word, at) => (word === 'path' && words[at + 1]?.startsWith('/') ? [words[at + 1]] : []));
  return [['databases', databases], ...paths.map((path) => ['loadmodule', path ?? ''])];
}

/** It saves nothing, not even for a replica: its file is the one that was restored or kept. */
function ownSettings(dir: string, file: string | undefined, port: number, password: Secret): string[][] {
  return [
    ['bind', '127.0.0.1'],
    ['port', String(port)],
    ['requirepass', password.reveal()],
    ['dir', dir],
    ['dbfilename', file ?? `holdfast_empty_${port}.rdb`],
    ['save', ''],
    ['appendonly', 'no'],
    ['repl-diskless-sync', 'yes'],
    ['repl-diskless-sync-delay', '0'],
    ['daemonize', 'no'],
    ['logfile', ''],
  ];
}

function settingsText(settings: readonly (readonly string[])[]): string {
  return settings.map(([name, value = '']) => `${name} "${value.replace(/[\\"]/g, '\\$&')}"\n`).join('');
}

/** A server that finds no file starts empty: so its log must say that it loaded one. */
async function untilLoaded(
  session: Session,
  client: Client,
  { file, label, options }: { file: string | undefined; label: string; options: CallOptions },
): Promise<void> {
  const log = new Tail(16_384);
  session.stdout.on('data', (chunk: Buffer) => log.add(chunk));
  let hasEnded = false;
  void session.ended.then(() => {
    hasEnded = true;
  });
  for (;;) {
    options.signal?.throwIfAborted();
    if (hasEnded) throw notLoaded(`${label} did not start, or cannot load "${file ?? ''}"`, log.text());
    if (await answers(client, options)) break;
    await sleep(LOOK_AGAIN);
  }
  if (file === undefined || /DB loaded from disk/i.test(log.text())) return;
  throw notLoaded(`${label} loaded nothing from "${file}"`, log.text());
}

function notLoaded(message: string, log: string): Failure {
  const code = /Can't handle RDB format version|RDB version/i.test(log) ? 'version' : 'tool-failed';
  return new Failure(code, { message, detail: log.trim().slice(-1500) });
}

/** False while it starts or loads. */
async function answers(client: Client, options: CallOptions): Promise<boolean> {
  try {
    const [reply] = await client.replies([['PING']], options);
    return reply?.error === undefined;
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code === 'unreachable') return false;
    throw failure;
  }
}
