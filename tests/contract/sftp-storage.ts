import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { member } from '../../scripts/storage/members/sftp.ts';
import { PATIENCE, type SftpPatience } from '../../scripts/storage/sftp/connect.ts';
import { SftpConnection } from '../../scripts/storage/sftp/connection.ts';
import { sftpStorage } from '../../scripts/storage/sftp/storage.ts';
import type { Storage } from '../../scripts/storage/storage.ts';
import type { SshServer } from '../stack/sshd.ts';

type Settings = Parameters<typeof member.open>[0];
type Environment = Readonly<Record<string, string | undefined>>;

/** The name of a set for tests. */
export const SET = '2026-05-07T15-36';

/** A folder of the account that nobody else uses, as the account sees it. */
export function newFolder(server: SshServer): string {
  return `${server.folder}/${randomBytes(6).toString('hex')}`;
}

/** Where a folder of the account is on this machine. */
export function onThisMachine(server: SshServer, folder: string): string {
  return `${server.root}${folder.slice(server.folder.length)}`;
}

/** Opens the storage as a person would, with the plain key in a new folder unless told otherwise. */
export async function openSftp(
  server: SshServer,
  changes: Partial<Settings> = {},
  environment: Environment = {},
): Promise<Storage> {
  const settings: Settings = {
    host: server.host,
    port: server.port,
    user: server.user,
    folder: newFolder(server),
    key: server.keys.plain,
    keyPassphrase: undefined,
    password: undefined,
    knownHosts: server.knownHosts,
    ...changes,
  };
  return await member.open(settings, { name: 'sftp', environment, folder: '/' });
}

/** The same with less patience than usual. */
export function openImpatient(server: SshServer, folder: string, patience: Partial<SftpPatience>): Storage {
  const place = { host: server.host, port: server.port, knownHosts: server.knownHosts };
  const none = { keyPassphrase: undefined, password: undefined, agent: undefined };
  const login = { user: server.user, keyFile: server.keys.plain, ...none };
  const connection = new SftpConnection(place, login, { ...PATIENCE, ...patience });
  return sftpStorage({ name: 'sftp', location: folder, folder }, connection);
}

/** Random bytes in pieces, without end. */
export function endless(): Readable {
  const piece = randomBytes(256 * 1024);
  return new Readable({
    read() {
      this.push(piece);
    },
  });
}

/** So many megabytes of random bytes (one megabyte, again and again). */
export function megabytes(count: number): Readable {
  const piece = randomBytes(1024 * 1024);
  return Readable.from(
    (function* () {
      for (let sent = 0; sent < count; sent += 1) yield piece;
    })(),
    { highWaterMark: 1 },
  );
}

/** Runs ssh-keygen. */
export function keygen(server: SshServer, ...words: string[]): string {
  const environment = { ...process.env, ...server.programs.environment };
  return execFileSync(server.programs.program('usr/bin/ssh-keygen'), words, {
    env: environment,
    stdio: 'pipe',
  }).toString();
}
