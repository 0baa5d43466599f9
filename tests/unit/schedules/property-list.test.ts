import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'plist';
import { parseCron } from '../../../scripts/common/cron.ts';
import { propertyList } from '../../../scripts/schedules/launchd/property-list.ts';
import type { Job } from '../../../scripts/schedules/schedule.ts';

/** Keys of launchd.plist(5) with the type that it wants of each. */
const PUBLISHED: Readonly<Record<string, (value: unknown) => boolean>> = {
  Label: isText,
  ProgramArguments: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  WorkingDirectory: isText,
  EnvironmentVariables: (value) => Object.values(value as object).every(isText),
  StartCalendarInterval: (value) => Array.isArray(value) && value.every(isInterval),
  StandardOutPath: isText,
  StandardErrorPath: isText,
  RunAtLoad: (value) => value === true,
  ProcessType: (value) => ['Background', 'Standard', 'Adaptive', 'Interactive'].includes(String(value)),
  LowPriorityIO: (value) => value === true,
  Nice: (value) => Number.isInteger(value) && Number(value) >= -20 && Number(value) <= 20,
  Umask: (value) => value === 0o077,
  ExitTimeOut: (value) => Number.isInteger(value) && Number(value) > 0,
};

const LIMITS: Readonly<Record<string, number>> = { Minute: 59, Hour: 23, Day: 31, Weekday: 7, Month: 12 };

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isInterval(value: unknown): boolean {
  return Object.entries(value as object).every(([key, number]) => number >= 0 && number <= (LIMITS[key] ?? -1));
}

function job(changes: Partial<Job> = {}): Job {
  const time = parseCron('0 2 * * 1-5');
  assert.ok(time);
  return {
    ...{ name: 'backup', time, timezone: undefined, delaySeconds: 0, timeoutSeconds: 60 },
    command: ['/opt/holdfast/holdfast', 'schedule', 'run', 'backup'],
    folder: '/Users/a/shop',
    environment: { PATH: '/usr/bin' },
    logFile: '/Users/a/shop/backups/logs/backup.log',
    writable: [],
    ...changes,
  };
}

const project = { id: 'shop-1a2b3c4d', folder: '/Users/a/shop' };

test('a property list has published keys alone, each with what it may hold', async () => {
  const list = parse(await propertyList(project, job())) as Record<string, unknown>;
  assert.deepEqual(Object.keys(list).sort(), Object.keys(PUBLISHED).sort());
  for (const [key, value] of Object.entries(list)) assert.equal(PUBLISHED[key]?.(value), true, key);
  assert.equal(list.Label, 'com.holdfast.shop-1a2b3c4d.backup');
});

test('any path and value comes back as it went in', async () => {
  const word = fc
    .string({ unit: 'binary', minLength: 1 })
    .filter((text) => !/[\p{Cc}\p{Cs}\p{Cn}\uFFFE\uFFFF]/u.test(text));
  await fc.assert(
    fc.asyncProperty(word, word, async (folder, value) => {
      const changes = { folder: `/${folder}`, command: [`/${folder}`, value] as const, environment: { A: value } };
      const list = parse(await propertyList(project, job(changes))) as Record<string, unknown>;
      assert.deepEqual(
        [list.WorkingDirectory, list.ProgramArguments, list.EnvironmentVariables],
        [`/${folder}`, [`/${folder}`, value], { A: value }],
      );
    }),
    { numRuns: 60 },
  );
});
