import { stat } from 'node:fs/promises';
import { ownIdentity } from '../../common/process-identity.ts';
import { acquireLock, findLock, isStale } from '../../sets/lock.ts';
import type { FoundLock } from '../../sets/lock-file.ts';
import { wordAgo, wordBytes, wordCount, wordOld } from '../../ui/units.ts';
import { sinceLastGood } from '../same-work.ts';
import { lockFolderOf, schedulerLogOf } from '../state.ts';
import { wordRun } from '../status/run-words.ts';
import type { Check, DoctorRoom, Finding } from './finding.ts';

const DAY = 24 * 60 * 60 * 1000;

/** A proof that is older says little about the sets of today; in days. */
const OLD_PROOF = 30;

/** A log that grows past this was not rotated, in bytes. */
const LARGE_LOG = 50 * 1000 * 1000;

/** What the past tells: the age of the newest good set, runs that failed or died, proofs, the lock, the size of logs. */
export const checkRuns: Check = async (room) => [
  age(room),
  ...damaged(room),
  ...lastRun(room),
  ...proof(room),
  ...(await lock(room)),
  ...(await logSize(room)),
];

function age({ overview }: DoctorRoom): Finding {
  const about = 'newest good set';
  const ages = overview.destinations.flatMap(({ newestGood }) =>
    newestGood === undefined ? [] : [overview.now.getTime() - newestGood.time.getTime()],
  );
  const allowed = `the RPO is ${overview.rpoHours} h`;
  if (ages.length === 0) {
    return {
      level: 'problem',
      about,
      what: 'there is none',
      why: 'nothing could be restored',
      mend: 'holdfast backup',
    };
  }
  const youngest = Math.min(...ages);
  if (youngest < 0) {
    const why = 'retention does not work while sets lie in the future, and the age of the backups is not known';
    return {
      level: 'problem',
      about,
      what: 'it is of the future',
      why,
      mend: 'check the clock of this machine: date -u',
    };
  }
  const what = `it is ${wordOld(youngest)}; ${allowed}`;
  if (!overview.late) return { level: 'ok', about, what };
  const why = 'all that was written since would be lost';
  return { level: 'problem', about, what, why, mend: 'holdfast backup; then holdfast schedule status' };
}

function damaged({ overview }: DoctorRoom): Finding[] {
  return overview.destinations.flatMap(({ name, damaged: sets }) =>
    sets.map(
      (set): Finding => ({
        level: 'warning',
        about: `set ${set}`,
        what: `it is damaged in ${name}`,
        why: 'it cannot be restored, and the storage may have lost more',
        mend: `holdfast verify --all --from ${name}`,
      }),
    ),
  );
}

function lastRun({ overview }: DoctorRoom): Finding[] {
  const ended = overview.runs.filter(({ command, result }) => command === 'backup' && result?.outcome !== 'skipped');
  const last = ended.at(-1);
  if (last === undefined) return [];
  const about = 'last backup run';
  const what = wordRun(last, overview.now);
  const outcome = last.result?.outcome;
  if (outcome === undefined || outcome === 'good') return [{ level: 'ok', about, what }];
  const why =
    outcome === 'died'
      ? 'it began and never said how it ended: killed, out of memory, or the machine went down'
      : `${wordCount(sinceLastGood(ended).length, 'run')} since the last good one`;
  return [{ level: 'warning', about, what, why, mend: `holdfast logs ${last.run}` }];
}

function proof({ overview }: DoctorRoom): Finding[] {
  const times = overview.destinations.flatMap(({ bestProven }) =>
    bestProven?.provenAt ? [Date.parse(bestProven.provenAt)] : [],
  );
  if (times.length === 0) return [];
  const old = overview.now.getTime() - Math.max(...times);
  const about = 'last proof';
  const what = `a set was read to its end ${wordAgo(old)}`;
  if (old < OLD_PROOF * DAY) return [{ level: 'ok', about, what }];
  const why = 'a set that is not read for long may have rotted unseen';
  return [{ level: 'warning', about, what, why, mend: 'holdfast verify --deep' }];
}

async function lock({ bench }: DoctorRoom): Promise<Finding[]> {
  const folder = lockFolderOf(bench);
  const found = await findLock(folder);
  if (found === undefined) return [];
  const about = 'lock';
  const who = wordOwner(found);
  if (!(await isStale(found, await ownIdentity()))) return [{ level: 'ok', about, what: `held by ${who}` }];
  return [
    {
      level: 'warning',
      about,
      what: `a stale lock of ${who} lies in "${folder}"`,
      why: 'its owner is gone; the next run takes it over and says so',
      mend: 'holdfast doctor --fix',
      fix: async () => {
        await (await acquireLock(folder, { command: 'doctor', report: bench.context.report })).release();
        return 'removed the stale lock';
      },
    },
  ];
}

function wordOwner({ owner }: FoundLock): string {
  if (owner === undefined) return 'somebody whose name cannot be read';
  return `"${owner.command}", process ${owner.pid} on host "${owner.host}", since ${owner.startedAt}`;
}

async function logSize({ bench }: DoctorRoom): Promise<Finding[]> {
  const path = schedulerLogOf(bench);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size < LARGE_LOG) return [];
  const what = `"${path}" has ${wordBytes(size)}`;
  return [{ level: 'warning', about: 'log', what, why: 'it fills the disk', mend: `: > '${path}'` }];
}
