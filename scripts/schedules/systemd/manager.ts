import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import type { ScheduleSurroundings } from '../schedule.ts';
import { runTool, type ToolAnswer, toolFailure } from '../tool.ts';
import type { ManagerKind } from './units.ts';

/** One manager of units, and where its files are. */
export interface Manager {
  readonly kind: ManagerKind;
  readonly surroundings: ScheduleSurroundings;
  /** Where units are put. */
  readonly units: string;
  /** Where units are put that go with the next start of the machine. */
  readonly transient: string;
  /** Where systemd notes when timers last started something. */
  readonly stamps: string;
  /** Runs systemctl; any exit code is an answer. */
  ask(words: readonly string[], timeout?: number): Promise<ToolAnswer>;
  /** The same one, asked under another signal. */
  withSignal(signal: AbortSignal): Manager;
  /** Runs systemctl; throws a Failure unless its exit code is 0. */
  tell(...words: readonly string[]): Promise<void>;
}

/** Where units of the machine's owner lie, by systemd.unit(5), and its stamps, by systemd.timer(5). */
const SYSTEM = { units: '/etc/systemd/system', transient: '/run/systemd/system', stamps: '/var/lib/systemd/timers' };

/** Throws Failure "settings" when a user's folders are not known. */
export function openManager(surroundings: ScheduleSurroundings, kind: ManagerKind): Manager {
  const runtime = runtimeFolder(surroundings);
  const folders = kind === 'system' ? SYSTEM : userFolders(surroundings, runtime);
  const scope = kind === 'user' ? ['--user'] : [];
  // sudo -u, su and cron leave this out, and systemctl finds its manager through it.
  const environment = kind === 'user' ? { XDG_RUNTIME_DIR: runtime } : {};
  const ask: Manager['ask'] = async (words, timeout) =>
    await runTool(surroundings, ['systemctl', ...scope, ...words], { environment, timeout });
  const tell: Manager['tell'] = async (...words) => {
    const answer = await ask(words);
    if (answer.code !== 0) throw toolFailure(['systemctl', ...scope, ...words], answer);
  };
  const withSignal = (signal: AbortSignal): Manager => openManager({ ...surroundings, signal }, kind);
  return { kind, surroundings, ...folders, ask, tell, withSignal };
}

/** Why the manager cannot be used; undefined when it answers. */
export async function whyNoManager({ kind, surroundings, ask }: Manager): Promise<string | undefined> {
  if (surroundings.platform !== 'linux') return 'systemd is only there on Linux';
  if (kind === 'system' && surroundings.userId !== 0) return "only root may give jobs to the system's systemd";
  try {
    const { text, words } = await ask(['is-system-running']);
    const state = text.trim();
    // "degraded" and "starting" answer as well as "running" does.
    if (state !== '' && state !== 'offline' && state !== 'unknown') return undefined;
    return `systemd does not answer${words ? `: ${words}` : ''}`;
  } catch (error) {
    if (error instanceof Failure && error.code === 'tool-missing') return 'there is no systemctl';
    throw error;
  }
}

/** pam_systemd makes it at log-in, linger at the start of the machine. */
function runtimeFolder({ environment, userId }: ScheduleSurroundings): string {
  const usual = `/run/user/${userId}`;
  return existsSync(usual) ? usual : (environment.XDG_RUNTIME_DIR ?? usual);
}

function userFolders(
  { environment }: ScheduleSurroundings,
  runtime: string,
): Pick<Manager, 'units' | 'transient' | 'stamps'> {
  const home = environment.HOME;
  if (home === undefined) throw new Failure('settings', { message: 'HOME is not set' });
  return {
    units: join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'systemd', 'user'),
    transient: join(runtime, 'systemd', 'user'),
    stamps: join(environment.XDG_DATA_HOME || join(home, '.local', 'share'), 'systemd', 'timers'),
  };
}
