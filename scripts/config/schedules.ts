import { type CronTime, cronTime } from '../common/cron.ts';
import { policyOf, type RetentionPolicy } from '../common/policy.ts';
import { names, oneOf, plainName, type Rule, wholeNumber } from '../common/rules.ts';
import type { SettingsFile } from './file-settings.ts';
import type { ServerContext } from './servers.ts';
import type { Values } from './values.ts';

/** One thing that is done at given times. */
export interface ScheduleSettings {
  /** Part of the names that are installed; "backup" when it comes from .env. */
  readonly name: string;
  readonly time: CronTime;
  /** An IANA zone; undefined: that of the machine. */
  readonly timezone: string | undefined;
  readonly does: 'backup' | 'verify' | 'drill';
  /** Words that choose sources; empty: everything. */
  readonly sources: readonly string[];
  /** Names of storages; undefined: all. */
  readonly storages: readonly string[] | undefined;
  /** What a run does that finds another one at work: it leaves with exit code 4, or waits for it. */
  readonly overlap: 'skip' | 'wait';
  /** The most minutes that a start is put off, so that many machines do not start at once. */
  readonly delayMinutes: number;
  /** Hours after which a run is ended. */
  readonly timeoutHours: number;
  /** Of a backup: how long the sets of its sources are kept, in the place of what holds for all. */
  readonly retention?: RetentionPolicy;
  /** Of a verification: so many percent of all sets; the newest set when it is missing. */
  readonly samplePercent?: number;
}

/** When things are done, and how old the newest good set may become. */
export interface SchedulePolicy {
  /** Never empty: without a setting there is a backup each night. */
  readonly schedules: readonly ScheduleSettings[];
  /** Hours; undefined: worked out from the schedules. */
  readonly rpoHours: number | undefined;
}

const DEFAULTS = { time: '0 2 * * *', name: 'backup', overlap: 'skip', delayMinutes: 5, timeoutHours: 12 } as const;

/** A zone of the IANA database that this machine knows. */
const timezone: Rule<string> = {
  wanted: 'a time zone such as "Europe/Berlin"',
  secret: false,
  json: { type: 'string', minLength: 1 },
  read: (value) => (typeof value === 'string' && isTimezone(value) ? value : undefined),
};

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined && /^[A-Za-z]/.test(name);
  } catch {
    // A RangeError says that there is no such zone.
    return false;
  }
}

/** The rules of what a schedule says, in .env and holdfast.yaml. */
export const SCHEDULE_RULES = {
  name: plainName('a name'),
  time: cronTime,
  timezone,
  does: oneOf('backup', 'verify', 'drill'),
  sources: names('kinds or sources with commas between them'),
  storages: names('names of storages with commas between them'),
  overlap: oneOf('skip', 'wait'),
  delayMinutes: wholeNumber(0, 720),
  timeoutHours: wholeNumber(1, 168),
  samplePercent: wholeNumber(1, 100),
  rpoHours: wholeNumber(1, 8_784),
} as const;

/** The schedules of holdfast.yaml, else the one of .env, else a backup each night. */
export function readSchedules(file: SettingsFile | undefined, context: ServerContext): SchedulePolicy {
  const { values, problems } = context;
  const rpoHours = values.get('BACKUP_RPO_HOURS')?.value ?? file?.settings.rpo_hours;
  const general = generalOf(values);
  const listed = file?.settings.schedules;
  if (file === undefined || listed === undefined) return { schedules: [general], rpoHours };
  const asked = values.get('BACKUP_SCHEDULE');
  if (asked !== undefined && !file.file.taken.has('BACKUP_SCHEDULE')) {
    problems.add(
      asked.place,
      `found BACKUP_SCHEDULE while ${file.file.path} lists schedules; remove one of them, or use "\${BACKUP_SCHEDULE}" there`,
    );
  }
  const seen = new Set<string>();
  const schedules = listed.map((written, index): ScheduleSettings => {
    const does = written.does ?? 'backup';
    const name = written.name ?? does;
    if (seen.has(name)) problems.add(file.file.placeOf(['schedules', index]), `found two schedules named "${name}"`);
    seen.add(name);
    if (written.sample_percent !== undefined && does !== 'verify') {
      const place = file.file.placeOf(['schedules', index, 'sample_percent']);
      problems.add(place, `the schedule "${name}" does "${does}"; only "verify" takes sample_percent`);
    }
    const retention = policyOf(written.retention ?? {});
    if (written.retention !== undefined && (does !== 'backup' || (written.sources ?? []).length === 0)) {
      const place = file.file.placeOf(['schedules', index, 'retention']);
      problems.add(place, `the schedule "${name}" has a retention of its own; only a backup of some sources takes one`);
    }
    if (written.at === undefined) {
      const example = `at: "${DEFAULTS.time}"`;
      problems.add(file.file.placeOf(['schedules', index]), `the schedule "${name}" has no time, expected ${example}`);
    }
    return {
      name,
      does,
      time: written.at ?? general.time,
      timezone: written.timezone ?? general.timezone,
      sources: written.sources ?? [],
      storages: written.storages,
      overlap: written.overlap ?? general.overlap,
      delayMinutes: written.delay_minutes ?? general.delayMinutes,
      timeoutHours: written.timeout_hours ?? general.timeoutHours,
      ...(written.sample_percent === undefined ? {} : { samplePercent: written.sample_percent }),
      ...(Object.keys(retention).length === 0 ? {} : { retention }),
    };
  });
  return { schedules: schedules.length > 0 ? schedules : [general], rpoHours };
}

function generalOf(values: Values): ScheduleSettings {
  const standard = SCHEDULE_RULES.time.read(DEFAULTS.time);
  const time = values.get('BACKUP_SCHEDULE')?.value ?? standard;
  if (time === undefined) throw new Error(`the default time "${DEFAULTS.time}" is none`);
  return {
    name: DEFAULTS.name,
    time,
    timezone: values.get('BACKUP_TIMEZONE')?.value,
    does: 'backup',
    sources: [],
    storages: undefined,
    overlap: values.get('BACKUP_OVERLAP')?.value ?? DEFAULTS.overlap,
    delayMinutes: values.get('BACKUP_START_DELAY_MINUTES')?.value ?? DEFAULTS.delayMinutes,
    timeoutHours: values.get('BACKUP_TIMEOUT_HOURS')?.value ?? DEFAULTS.timeoutHours,
  };
}
