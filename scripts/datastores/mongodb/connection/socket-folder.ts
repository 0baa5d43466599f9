import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** The name of the socket in its folder. The driver takes a path for a unix socket only when it ends in ".sock". */
export const SOCKET = 'mongo.sock';

/** Begins the name of a folder; the number of its process follows. */
const PREFIX = 'holdfast-tunnel-';

/** Makes a folder (0700) for a socket of ours, and removes those whose process was killed before it could. */
export async function makeSocketFolder(): Promise<string> {
  const place = tmpdir();
  const names = (await readdir(place)).filter((name) => name.startsWith(PREFIX));
  await Promise.all(names.map((name) => removeDead(join(place, name), Number.parseInt(name.slice(PREFIX.length), 10))));
  return await mkdtemp(join(place, `${PREFIX}${process.pid}-`));
}

/** The process may count in another space of numbers (a container that shares the folder): its socket must be dead as well. */
async function removeDead(folder: string, pid: number): Promise<void> {
  const found = await stat(folder).catch(() => undefined); // Gone since it was listed.
  if (found?.uid !== process.getuid?.() || !(pid > 0) || isThere(pid) || (await answers(join(folder, SOCKET)))) return;
  await rm(folder, { recursive: true, force: true });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and not ours.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
