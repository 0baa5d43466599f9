/** A real OpenSSH server with one chrooted account that may do SFTP and nothing else. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './cache.ts';
import { freePort } from './daemon.ts';
import { type DebTree, unpackedDebs } from './debs.ts';
import { run } from './run.ts';
import { SshDaemon } from './sshd-daemon.ts';

/**
 * sshd demands that every folder above a chroot belongs to root and is closed to others, so /tmp is out; and it reads
 * the account's keys as that account, so a home folder is out.
 */
const BASE = '/var/lib';
const PREFIX = 'holdfast-ssh-';

/** What a test needs to log in, and to look behind the server's back. */
export interface SshServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Private key files; the second is encrypted under `passphrase`, the server does not know the third. */
  readonly keys: { readonly plain: string; readonly encrypted: string; readonly stranger: string };
  readonly passphrase: string;
  /** Knows the server. */
  readonly knownHosts: string;
  /** The account's folder as it sees it, and where that is on this machine. */
  readonly folder: string;
  readonly root: string;
  /** The programs sftp, ssh-keygen, ... and what they need. */
  readonly programs: DebTree;
  /** A new folder for files of a test; goes with the server. */
  readonly scratch: string;
  /** Kills the server with all its connections; `start` brings it back on the same port, with the same keys. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops the processes that serve connections (SIGSTOP), or lets them go on: the network is fine, nobody answers. */
  freeze(on: boolean): Promise<void>;
  /** Ends everything and removes account and files. */
  stop(): Promise<void>;
}

/** Why no such server can run here; undefined when one can. */
export function whyNoSshd(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  return existsSync('/usr/bin/apt-get') ? undefined : 'needs apt-get';
}

/** Starts a server of its own on a free port of 127.0.0.1. `settings` are further lines for sshd_config. */
export async function startSshd(settings: readonly string[] = []): Promise<SshServer> {
  const programs = await unpackedDebs('openssh-server', 'openssh-client');
  await sweep();
  const user = `${PREFIX}${process.pid}-${randomBytes(2).toString('hex')}`;
  const home = join(BASE, user);
  const password = randomBytes(9).toString('base64url');
  await makeAccount(user, password);
  const server = { home, user, port: await freePort(), programs };
  await makeFiles(server, settings);
  const daemon = new SshDaemon(programs, join(home, 'sshd_config'), server.port);
  await daemon.start();
  const key = (name: string) => join(home, name);
  return {
    host: '127.0.0.1',
    port: server.port,
    user,
    password,
    keys: { plain: key('user_key'), encrypted: key('locked_key'), stranger: key('stranger_key') },
    passphrase: PASSPHRASE,
    knownHosts: key('known_hosts'),
    folder: '/backups',
    root: join(home, 'chroot', 'backups'),
    programs,
    scratch: key('scratch'),
    kill: () => daemon.kill(),
    start: () => daemon.start(),
    freeze: (on) => daemon.signalConnections(on ? 'SIGSTOP' : 'SIGCONT'),
    stop: async () => {
      await daemon.kill();
      await removeAccount(user);
    },
  };
}

const PASSPHRASE = 'a pass phrase';

interface Place {
  readonly home: string;
  readonly user: string;
  readonly port: number;
  readonly programs: DebTree;
}

/** The account has no shell and no home: nothing but SFTP in its chroot works with it. */
async function makeAccount(user: string, password: string): Promise<void> {
  await withLock('accounts', async () => {
    const nologin = ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin'];
    // The package's own account for the part of sshd that has no rights; it stays, as the package would have it.
    if (!(await accounts()).includes('sshd')) await run('useradd', [...nologin, '--home-dir', '/run/sshd', 'sshd']);
    await run('useradd', [...nologin, '--home-dir', '/', user]);
    await run('chpasswd', [], { input: `${user}:${password}\n` });
  });
}

async function removeAccount(user: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  const own = mounts.filter((mount) => mount.startsWith(`${join(BASE, user)}/`));
  for (const mount of own) await run('umount', ['-l', mount]);
  await withLock('accounts', () => run('userdel', [user]));
  await rm(join(BASE, user), { recursive: true, force: true });
}

async function accounts(): Promise<string[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  return lines.map((line) => line.split(':')[0] ?? '');
}

/** Accounts of tests that were killed. Their names hold the process that made them. */
async function sweep(): Promise<void> {
  for (const user of await accounts()) {
    const pid = user.startsWith(PREFIX) ? user.slice(PREFIX.length).split('-')[0] : undefined;
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeAccount(user);
  }
}

async function makeFiles({ home, user, port, programs }: Place, settings: readonly string[]): Promise<void> {
  const root = join(home, 'chroot', 'backups');
  await mkdir(root, { recursive: true, mode: 0o755 });
  await mkdir(join(home, 'scratch'));
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const [, , uid, gid] = ((await run('getent', ['passwd', user])).trim().split(':') as string[]).map(Number);
  await chown(root, uid as number, gid as number);
  await chmod(root, 0o700);
  const keygen = (name: string, kind: string, passphrase = '') =>
    run(programs.program('usr/bin/ssh-keygen'), ['-q', '-t', kind, '-N', passphrase, '-f', join(home, name)], {
      env: programs.environment,
    });
  await keygen('host_ed25519', 'ed25519');
  await keygen('host_rsa', 'rsa');
  await keygen('user_key', 'ed25519');
  await keygen('locked_key', 'ed25519', PASSPHRASE);
  await keygen('stranger_key', 'ed25519');
  const read = (name: string) => readFile(join(home, name), 'utf8');
  await writeFile(join(home, 'authorized_keys'), (await read('user_key.pub')) + (await read('locked_key.pub')));
  await writeFile(join(home, 'known_hosts'), `[127.0.0.1]:${port} ${await read('host_ed25519.pub')}`);
  await writeFile(join(home, 'sshd_config'), configuration(home, user, port, settings));
}

function configuration(home: string, user: string, port: number, settings: readonly string[]): string {
  return [
    ...settings,
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(home, 'host_ed25519')}`,
    `HostKey ${join(home, 'host_rsa')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'MaxStartups 200',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
    `AllowUsers ${user}`,
    'AllowTcpForwarding no',
    'X11Forwarding no',
    'PermitTTY no',
    `ChrootDirectory ${join(home, 'chroot')}`,
    'Subsystem sftp internal-sftp',
    ...(settings.some((line) => line.startsWith('ForceCommand')) ? [] : ['ForceCommand internal-sftp']),
    '',
  ].join('\n');
}
