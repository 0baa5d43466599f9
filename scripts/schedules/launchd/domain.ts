import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../common/failure.ts';
import type { ScheduleSurroundings } from '../schedule.ts';
import { runTool, type ToolAnswer, toolFailure } from '../tool.ts';

/** Where launchd keeps jobs: those of a person who is logged in, or root's. */
export interface Domain {
  readonly surroundings: ScheduleSurroundings;
  /** "gui/501" or "system". */
  readonly name: string;
  /** Where property lists lie that are loaded at log-in or at the start of the machine. */
  readonly folder: string;
  /** Runs launchctl; any exit code is an answer. */
  ask(...words: readonly string[]): Promise<ToolAnswer>;
}

/** What launchd tells of a job that it has loaded. */
export interface LoadedJob {
  readonly running: boolean;
  /** Undefined when it has never ended. */
  readonly lastExitCode: number | undefined;
  /** How often it was started since it was loaded. */
  readonly runs: number;
}

/** launchd may still be busy with taking a job out; then it refuses to load one of the same name. Milliseconds. */
const PAUSES = [200, 400, 800, 1600, 3200];

/** Throws Failure "settings" when the home folder is not known. */
export function openDomain(surroundings: ScheduleSurroundings): Domain {
  const { environment, userId } = surroundings;
  if (environment.HOME === undefined) throw new Failure('settings', { message: 'HOME is not set' });
  const ask: Domain['ask'] = async (...words) => await runTool(surroundings, ['launchctl', ...words]);
  if (userId === 0) return { surroundings, name: 'system', folder: '/Library/LaunchDaemons', ask };
  return { surroundings, name: `gui/${userId}`, folder: join(environment.HOME, 'Library', 'LaunchAgents'), ask };
}

/** Loads a job from its file. Throws Failure "unreachable" when nobody is logged in, "tool-failed" otherwise. */
export async function bootstrap({ name, ask }: Domain, path: string): Promise<void> {
  const words = ['bootstrap', name, path];
  for (const pause of [...PAUSES, 0]) {
    const answer = await ask(...words);
    if (answer.code === 0) return;
    // 5: still loaded, or not to be loaded at all; 37: being taken out. Neither tells which of them it is.
    if (pause === 0 || ![5, 37].includes(answer.code)) throw toolFailure(['launchctl', ...words], answer);
    await sleep(pause);
  }
}

/** Takes a job out of launchd, which ends it; answers false when it was not loaded. */
export async function bootout(domain: Domain, label: string): Promise<boolean> {
  const words = ['bootout', `${domain.name}/${label}`];
  const answer = await domain.ask(...words);
  if (answer.code === 0) return true;
  if ((await loadedJob(domain, label)) === undefined) return false;
  // 36: it is on its way out.
  if (answer.code !== 36) throw toolFailure(['launchctl', ...words], answer);
  return true;
}

/** What launchd tells of a job; undefined when it has not loaded it. */
export async function loadedJob({ name, ask }: Domain, label: string): Promise<LoadedJob | undefined> {
  const { code, text } = await ask('print', `${name}/${label}`);
  if (code !== 0) return undefined;
  // The first of each is the job's own; blocks with the same words follow, farther to the right.
  const value = (key: string): string | undefined => new RegExp(`^\\s${key} = (.+)$`, 'm').exec(text)?.[1];
  const exit = /^-?\d+/.exec(value('last exit code') ?? '')?.[0];
  return {
    running: value('state') === 'running',
    lastExitCode: exit === undefined ? undefined : Number(exit),
    runs: Number(value('runs') ?? 0),
  };
}

/** Was a job switched off by "launchctl disable"? Such a mark stays when the job is taken out. */
export async function isDisabled({ name, ask }: Domain, label: string): Promise<boolean> {
  const { text } = await ask('print-disabled', name);
  const line = text.split('\n').find((each) => each.includes(`"${label}" =>`));
  return line !== undefined && /=> (true|disabled)/.test(line);
}
