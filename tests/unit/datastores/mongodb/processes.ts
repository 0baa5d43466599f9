import { readdir, readFile } from 'node:fs/promises';

/** The argument lists of all processes of the machine but this one; containers' processes are among them. */
export async function argumentLists(): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const read = processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(read)).map((line) => line.replaceAll('\0', ' '));
}

/** How many programs this process has started that still run. */
export async function countChildren(): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = processes.map((id) => readFile(`/proc/${id}/stat`, 'utf8').catch(() => ''));
  // proc(5): after the name in parentheses come state and parent.
  const parents = (await Promise.all(read)).map((line) => Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]));
  return parents.filter((parent) => parent === process.pid).length;
}
