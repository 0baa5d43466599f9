import { readdir, readFile } from 'node:fs/promises';

/** A process of the machine, with its argument list. */
export interface SeenProcess {
  readonly pid: number;
  readonly line: string;
}

/** The argument lists of all processes of the machine but this one; containers' processes are among them. */
export async function argumentLists(): Promise<string[]> {
  return (await seen()).map(({ line }) => line);
}

/** The processes with these words among their arguments. */
export async function processesWith(words: string): Promise<SeenProcess[]> {
  return (await seen()).filter(({ line }) => line.includes(words));
}

/** The session that a process is in: its own when nobody else's terminal or group ends it. */
export async function sessionOf(pid: number): Promise<number> {
  return (await statOf(pid))[3] ?? 0;
}

async function seen(): Promise<SeenProcess[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const others = ids.filter((pid) => pid !== process.pid);
  const read = others.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  const lines = await Promise.all(read);
  return others.map((pid, index) => ({ pid, line: (lines[index] ?? '').replaceAll('\0', ' ') }));
}

/** How many programs this process has started that still run. */
export async function countChildren(): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = (await Promise.all(processes.map((id) => statOf(Number(id))))).map((fields) => fields[1]);
  return parents.filter((parent) => parent === process.pid).length;
}

/** proc(5): after the name in parentheses come state, parent, group, session. Empty when it has ended. */
async function statOf(pid: number): Promise<number[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}
