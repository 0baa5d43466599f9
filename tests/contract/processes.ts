/** What `ps` on this machine shows; the processes of containers are among it. Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The argument lists of all processes but our own, arguments separated by spaces. */
export async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return texts.map((text) => text.replaceAll('\0', ' '));
}

/** Waits until a process with this text among its arguments is there (or gone); false when it took too long. */
export async function waitForProcess(text: string, is: 'there' | 'gone', milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(50)) {
    const isThere = (await commandLines()).some((line) => line.includes(text));
    if (isThere === (is === 'there')) return true;
  }
  return false;
}
