import { Failure } from '../../../../scripts/common/failure.ts';
import { type Case, testCases } from './cases.ts';
import { drillAgo, exampleSet, exampleStanding, exampleStorage, provenSet, runAgo, schedule } from './example.ts';

const NIGHTLY = schedule('backup', '0 2 * * *');
const nights = [58, 34, 10].map((hours) => exampleSet(hours));
const failed = [{ source: 'postgres/app', reason: 'FAIL: public.users is missing\nand more' }];
/** Nobody's schedule asked for it. */
const HAND = { schedule: undefined as never };
const silent = new Failure('unreachable', { message: 'it does not answer\nat all' });
const s3 = { name: 's3', location: 's3://shop' };

/** Each row is a project that is well but for one thing, and what is said of it: nothing, or the level and the words. */
const TABLE: readonly Case[] = [
  ['a backup of last night', () => exampleStanding()],
  ['a storage without a set', () => exampleStanding({ storages: [exampleStorage([])] }), /^CRIT .*: there is none$/],
  [
    'a newest set older than the RPO',
    () => exampleStanding({ storages: [exampleStorage(nights.slice(0, 2))] }),
    /^CRIT "production" has no good set younger than its RPO of 26 h: the newest, 2026-05-06T02-00, is 34 h old$/,
  ],
  [
    'every storage silent',
    () => exampleStanding({ storages: [exampleStorage([], { failure: silent })] }),
    /^CRIT no storage can be asked: local: it does not answer$/,
  ],
  [
    'one of two storages silent',
    () => exampleStanding({ storages: [exampleStorage(nights), exampleStorage([], { ...s3, failure: silent })] }),
    /^WARN the storage s3 cannot be asked: it does not answer$/,
  ],
  [
    'one of two storages late',
    () => exampleStanding({ storages: [exampleStorage(nights), exampleStorage(nights.slice(0, 1), s3)] }),
    /^WARN the storage s3 has no good set younger than 26 h: the newest is 2 d old$/,
  ],
  [
    'a damaged set',
    () => exampleStanding({ storages: [exampleStorage(nights, { damaged: ['2026-05-01T02-00'] })] }),
    /^WARN the set 2026-05-01T02-00 in local is damaged$/,
  ],
  [
    'a set of the future',
    () => exampleStanding({ storages: [exampleStorage([exampleSet(-5)])] }),
    /^WARN the newest good set, .*, is of the future$/,
  ],
  [
    'a run that failed after a good one',
    () => exampleStanding({ runs: [runAgo(2, 'backup', { outcome: 'failed', exitCode: 1 })] }),
    /^WARN the last backup run: failed, 2 h ago/,
  ],
  [
    'a run that died',
    () => exampleStanding({ runs: [runAgo(2, 'backup', { outcome: 'died', exitCode: 1 })] }),
    /^WARN the last backup run: died, 2 h ago/,
  ],
  [
    'a restore that somebody did not confirm',
    () => exampleStanding({ runs: [runAgo(2, 'restore', { outcome: 'failed' }, HAND)] }),
  ],
  [
    'a verification that found damage',
    () => exampleStanding({ runs: [runAgo(2, 'verify', { outcome: 'failed', exitCode: 5 })] }),
    /^WARN the last verify run: failed/,
  ],
  [
    'a verification by hand that found damage',
    () => exampleStanding({ runs: [runAgo(2, 'verify', { outcome: 'failed', exitCode: 5 }, HAND)] }),
    /^WARN the last verify run: failed/,
  ],
  [
    'a verification by hand of a set that is not there',
    () => exampleStanding({ runs: [runAgo(2, 'verify', { outcome: 'failed', exitCode: 1 }, HAND)] }),
  ],
  [
    'a scheduled drill that came to no verdict',
    () => exampleStanding({ runs: [runAgo(2, 'drill', { outcome: 'failed', exitCode: 1 })] }),
    /^WARN the last drill run: failed/,
  ],
  [
    'a run of another environment that failed',
    () => exampleStanding({ runs: [runAgo(2, 'backup', { outcome: 'failed' }, { environment: 'staging' })] }),
  ],
  ['a run that is under way', () => exampleStanding({ runs: [runAgo(1, 'backup')] })],
  [
    'no proof, and nobody asked for one',
    () => exampleStanding({ config: { proofDays: undefined, rtoMinutes: undefined } }),
  ],
  [
    'no proof although a target is set',
    () => exampleStanding({ config: { proofDays: 14 } }),
    /^WARN no set was ever proven by a restore; the target is 14 d$/,
  ],
  [
    'no proof although drills are scheduled',
    () => exampleStanding({ config: { schedules: [NIGHTLY, schedule('drill', '0 4 * * 0')] } }),
    /^WARN no set was ever proven by a restore; the target is 30 d$/,
  ],
  [
    'an old proof, though nobody set a target',
    () => exampleStanding({ storages: [exampleStorage([provenSet(10, 31)])] }),
    /^WARN the last proof by a restore is 31 d old; the target is 30 d$/,
  ],
  ['a proof in time', () => exampleStanding({ storages: [exampleStorage([provenSet(10, 29)])] })],
  ['a proof whose set was pruned', () => exampleStanding({ runs: [drillAgo(48)], config: { proofDays: 3 } })],
  [
    'a drill of a part, which proves no set',
    () => exampleStanding({ runs: [drillAgo(48, {}, { proof: 'readable' })], config: { proofDays: 3 } }),
    /^WARN no set was ever proven/,
  ],
  [
    'a drill that failed',
    () => exampleStanding({ runs: [drillAgo(90), drillAgo(3, { verdict: 'FAIL' }, { set: 'S', failed })] }),
    /^CRIT the last drill FAILED 2 h ago with the set S: postgres\/app: FAIL: public\.users is missing$/,
  ],
  [
    'a drill that failed before one that passed elsewhere',
    () =>
      exampleStanding({ storages: [exampleStorage([provenSet(10, 0.1)])], runs: [drillAgo(3, { verdict: 'FAIL' })] }),
  ],
  [
    'a drill that could not tell',
    () => exampleStanding({ runs: [drillAgo(3, { verdict: 'UNVERIFIABLE' })] }),
    /^WARN the last drill, 2 h ago, could not tell whether the set can be restored$/,
  ],
  [
    'a restore that takes longer than the RTO',
    () => exampleStanding({ runs: [drillAgo(3)], config: { rtoMinutes: 3 } }),
    /^WARN a restore takes 3 min 12 s for 10\.0 MB, measured 2 h ago; the RTO is 3 min$/,
  ],
  ['a restore within the RTO', () => exampleStanding({ runs: [drillAgo(3)], config: { rtoMinutes: 4 } })],
];

testCases(TABLE);
