/** Starts the program and kills it with SIGKILL at a chosen moment. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../e2e/holdfast.ts';
import { kill, killTree } from './processes.ts';

/** What dies: the program alone, its process group, or it and everything that it started on this machine. */
export const KILL_WAYS = ['process', 'group', 'tree'] as const;
export type KillWay = (typeof KILL_WAYS)[number];

/** True when the run ended by itself before the moment came. */
export async function killRun(
  project: Project,
  words: readonly string[],
  after: number,
  way: KillWay,
): Promise<boolean> {
  const { child, ended } = project.start(...words);
  const gone = once(child, 'exit');
  await Promise.race([sleep(after), gone]);
  if (child.exitCode !== null || child.pid === undefined) return true;
  if (way === 'process') kill(child.pid);
  if (way === 'group') kill(-child.pid);
  if (way === 'tree') killTree(child.pid);
  const { signal } = await ended;
  return signal === null;
}

/** Runs the program to its end and gives the milliseconds that took. Throws when it does not end with 0. */
export async function timeRun(project: Project, words: readonly string[]): Promise<number> {
  const began = Date.now();
  const { code, stderr } = await project.run(...words);
  if (code !== 0) throw new Error(`"holdfast ${words.join(' ')}" ended with ${code}: ${stderr}`);
  return Date.now() - began;
}
