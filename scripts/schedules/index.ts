import { Failure } from '../common/failure.ts';
import { cronScheduler } from './members/cron.ts';
import { launchdScheduler } from './members/launchd.ts';
import { systemdScheduler } from './members/systemd.ts';
import type { Scheduler, ScheduleSurroundings } from './schedule.ts';

type Open = (surroundings: ScheduleSurroundings) => Scheduler;

/** The members by the words of `--with`, in the order in which they are preferred. */
const MEMBERS: Readonly<Record<string, Open>> = {
  launchd: launchdScheduler,
  systemd: (surroundings) => systemdScheduler(surroundings, 'user'),
  'systemd-system': (surroundings) => systemdScheduler(surroundings, 'system'),
  cron: cronScheduler,
};

/**
 * The scheduler of this machine: launchd on macOS, systemd on Linux (root's jobs belong to the machine's own), cron where
 * there is neither; or the one that is asked for. Throws Failure "usage" for a word that is none, "unreachable" when the
 * wanted one cannot be used, "not-found" when none can.
 */
export async function openScheduler(surroundings: ScheduleSurroundings, wanted?: string): Promise<Scheduler> {
  if (wanted !== undefined) return await openWanted(surroundings, wanted);
  const reasons: string[] = [];
  for (const word of preferred(surroundings)) {
    const scheduler = openMember(surroundings, word);
    const reason = await scheduler.unusable();
    if (reason === undefined) return scheduler;
    reasons.push(`${scheduler.name}: ${reason}`);
  }
  throw new Failure('not-found', {
    message: 'found no scheduler on this machine',
    detail: reasons.join('\n'),
    hint: 'holdfast daemon',
  });
}

/** All that may hold jobs on this machine: for telling what is installed, and for taking it away. */
export async function usableSchedulers(surroundings: ScheduleSurroundings): Promise<readonly Scheduler[]> {
  const words = surroundings.platform === 'darwin' ? ['launchd', 'cron'] : ['systemd', 'systemd-system', 'cron'];
  return words.map((word) => openMember(surroundings, word));
}

function preferred({ platform, userId }: ScheduleSurroundings): string[] {
  if (platform === 'darwin') return ['launchd', 'cron'];
  return [userId === 0 ? 'systemd-system' : 'systemd', 'cron'];
}

async function openWanted(surroundings: ScheduleSurroundings, word: string): Promise<Scheduler> {
  const scheduler = openMember(surroundings, word);
  const reason = await scheduler.unusable();
  if (reason !== undefined)
    throw new Failure('unreachable', { message: `${scheduler.name} cannot be used: ${reason}` });
  return scheduler;
}

function openMember(surroundings: ScheduleSurroundings, word: string): Scheduler {
  const open = Object.hasOwn(MEMBERS, word) ? MEMBERS[word] : undefined;
  if (open !== undefined) return open(surroundings);
  const known = Object.keys(MEMBERS)
    .map((each) => `"${each}"`)
    .join(', ');
  throw new Failure('usage', { message: `found no scheduler "${word}", expected one of ${known}` });
}
