import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** What this process can tell of the container that it runs in, if it runs in one. */
export interface OwnPlace {
  /** /proc/self/mountinfo; empty where there is none. */
  readonly mounts: string;
  readonly hostname: string;
}

/** Looks at this process. */
export async function ownPlace(): Promise<OwnPlace> {
  // Systems without /proc run no containers of their own: there Holdfast is outside of all of them.
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return { mounts, hostname: hostname() };
}

/**
 * True for the container that this process runs in. docker and podman mount files of the container's own folder, which
 * is named by its id, as /etc/hostname, /etc/hosts and /etc/resolv.conf; docker gives it the beginning of its id as its
 * host name, too. proc_pid_mountinfo(5): field 4 is what is mounted, field 5 is where.
 */
export function isOwnContainer(id: string, { mounts, hostname: name }: OwnPlace): boolean {
  if (/^[0-9a-f]{12,64}$/.test(name) && id.startsWith(name)) return true;
  return mounts.split('\n').some((line) => {
    const [, , , what = '', where = ''] = line.split(' ');
    return /^\/etc\/(hostname|hosts|resolv\.conf)$/.test(where) && what.includes(id);
  });
}
