import { connect } from 'node:net';
import type { ClientErrorExtensions, SFTPWrapper } from 'ssh2';
import { Failure } from '../../common/failure.ts';
import { BrokenConnection } from './failures.ts';
import { type HostPlace, hostKeyAlgorithms, readKnownHosts, refuseHostKey } from './host-key.ts';
import { loginMethods, type SftpLogin, wordMethods } from './login.ts';
import { SftpSession, type SshLine } from './session.ts';

/** How long is waited for a server, in milliseconds. */
export interface SftpPatience {
  /** From the first packet to an open SFTP session. */
  readonly connect: number;
  /** A server is asked so often whether it is alive; after three times that without a word it is given up. */
  readonly keepAlive: number;
  /** A connection that nobody uses is closed after so long, so that the process can end. */
  readonly idle: number;
}

/** What is usual. */
export const PATIENCE: SftpPatience = { connect: 20_000, keepAlive: 10_000, idle: 300 };

/**
 * Connects, checks the host key, logs in and opens an SFTP session; runs no command, so that accounts without a shell
 * will do. Throws Failure "denied" (host key, login), "settings" (key file), "storage" (no common algorithm, no SFTP)
 * or BrokenConnection.
 */
export async function openSession(place: HostPlace, login: SftpLogin, patience: SftpPatience): Promise<SftpSession> {
  const { default: ssh2 } = await import('ssh2');
  const known = await readKnownHosts(place.knownHosts);
  const methods = await loginMethods(login, (data, passphrase) => ssh2.utils.parseKey(data, passphrase));
  const client = new ssh2.Client();
  let refusal: Failure | undefined;
  // Small requests and answers follow each other: waiting to fill a packet (Nagle) would cost 40 ms each.
  const socket = connect({ host: place.host, port: place.port, noDelay: true });
  const opened = sessionOf({ client, socket, server: serverName(place), keepAlive: patience.keepAlive });
  client.connect({
    sock: socket,
    username: login.user,
    authHandler: methods,
    algorithms: { serverHostKey: hostKeyAlgorithms(known, place) },
    hostVerifier: (key: Buffer) => {
      refusal = refuseHostKey(known, place, key);
      return refusal === undefined;
    },
    readyTimeout: patience.connect,
    keepaliveInterval: patience.keepAlive,
    // Whether it answers we judge ourselves: see session.ts.
    keepaliveCountMax: Number.POSITIVE_INFINITY,
  });
  const late = setTimeout(() => socket.destroy(), patience.connect);
  try {
    return await opened;
  } catch (error) {
    socket.destroy();
    throw refusal ?? explain(error, place, login);
  } finally {
    clearTimeout(late);
  }
}

/** "host:port" in quotes. */
function serverName({ host, port }: HostPlace): string {
  return `"${host}:${port}"`;
}

async function sessionOf(line: SshLine): Promise<SftpSession> {
  const { client } = line;
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    // Stays for good: an error that comes later, without a listener, would end the process.
    client.on('error', reject);
    client.on('close', () => reject(new Error('the server closed the connection')));
    client.on('ready', () => client.sftp((error, wrapper) => (error ? reject(new NoSftp(error)) : resolve(wrapper))));
  });
  return new SftpSession(line, sftp);
}

/** Logged in, but the server gives no SFTP session. */
class NoSftp extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function explain(error: unknown, place: HostPlace, login: SftpLogin): unknown {
  if (!(error instanceof Error)) return error;
  const server = serverName(place);
  const { message: detail } = error;
  const facts = { detail, cause: error };
  if (error instanceof NoSftp) {
    const hint = 'allow SFTP for the account: see docs/storage-sftp.md';
    return new Failure('storage', { ...facts, message: `${server} opens no SFTP session for "${login.user}"`, hint });
  }
  const { level } = error as ClientErrorExtensions;
  if (level === 'client-authentication' || /authentication failures/i.test(detail)) {
    const message = `${server} does not let "${login.user}" in with ${wordMethods(login)}`;
    const hint = 'check BACKUP_SFTP_USER, and that the account knows the key (authorized_keys) or the password';
    return new Failure('denied', { ...facts, message, hint });
  }
  if (/no matching/i.test(detail)) {
    return new Failure('storage', { ...facts, message: `${server} and we know no common algorithm` });
  }
  return new BrokenConnection(`cannot connect to ${server}`, detail);
}
