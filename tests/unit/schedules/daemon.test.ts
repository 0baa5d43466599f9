import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCron } from '../../../scripts/common/cron.ts';
import { runDaemon } from '../../../scripts/schedules/daemon.ts';
import { previousTime } from '../../../scripts/schedules/times.ts';

const DAY = 24 * 60 * 60 * 1000;
const HOUR = 60 * 60 * 1000;

/** A machine whose clock is ours: it rests as told, may sleep or have its clock set in a rest, and ends at a time. */
interface Machine {
  readonly zone: string;
  readonly from: string;
  readonly until: string;
  /** Told of each rest; gives the milliseconds that really pass. */
  readonly disturb?: (now: Date, rest: number) => number;
  /** How long the work takes, and whether it succeeds. */
  readonly work?: (now: Date) => { takes: number; good: boolean };
}

/** Runs a daemon with a backup at a time, by the rule of the product: due when nothing good was made since its time. */
async function live(machine: Machine, text: string): Promise<Date[]> {
  const time = parseCron(text);
  assert.ok(time);
  const timing = { time, timezone: machine.zone };
  let clock = Date.parse(machine.from);
  const made: Date[] = [];
  const look = async (now: Date): Promise<void> => {
    const since = previousTime(timing, now);
    const newest = made.at(-1);
    if (since === undefined || (newest !== undefined && newest >= since)) return;
    const { takes, good } = machine.work?.(now) ?? { takes: 5 * 60 * 1000, good: true };
    clock += takes;
    if (good) made.push(now);
  };
  const end = new Error('the end');
  const rest = async (milliseconds: number): Promise<void> => {
    clock += machine.disturb?.(new Date(clock), milliseconds) ?? milliseconds;
    if (clock >= Date.parse(machine.until)) throw end;
  };
  await assert.rejects(runDaemon([{ ...timing, name: 'backup', look }], { now: () => new Date(clock), rest }), end);
  return made;
}

const dayIn = (zone: string) => (time: Date) => time.toLocaleDateString('sv-SE', { timeZone: zone });

/** Berlin and New York change their clocks at night, Lord Howe by half an hour, Santiago at midnight. */
const TIMES: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '30 2 * * *'],
  ['America/New_York', '30 1 * * *'],
  ['Australia/Lord_Howe', '0 2 * * *'],
  ['America/Santiago', '0 0 * * *'],
];

for (const [zone, text] of TIMES) {
  test(`in two years in ${zone} "${text}" makes one good set each day, none twice, none lost`, async () => {
    // A machine under load wakes its timers late; it also makes two years pass in seconds.
    const disturb = (_: Date, rest: number) => Math.max(rest, 15 * 60 * 1000);
    const machine = { zone, from: '2026-01-01T12:00:00Z', until: '2028-01-01T12:00:00Z', disturb };
    const made = await live(machine, text);
    // The first look catches up the time that had passed before the start.
    const days = made.slice(1).map(dayIn(zone));
    assert.equal(new Set(days).size, days.length, 'a day has two sets');
    const expected = Math.round((Date.parse(machine.until) - Date.parse(machine.from)) / DAY);
    assert.equal(days.length, expected);
    for (const [index, time] of made.slice(1).entries()) {
      const wait = time.getTime() - (made[index]?.getTime() ?? 0);
      if (index > 0) assert.ok(wait >= 22.7 * HOUR && wait <= 25.3 * HOUR, `${time.toISOString()}: ${wait / HOUR} h`);
    }
  });
}

test('a night that was slept through is caught up within a minute of waking', async () => {
  let slept = false;
  const made = await live(
    {
      zone: 'UTC',
      from: '2026-05-01T12:00:00Z',
      until: '2026-05-04T12:00:00Z',
      disturb: (now, rest) => {
        if (slept || now < new Date('2026-05-02T00:00:00Z')) return rest;
        slept = true;
        return 9 * HOUR;
      },
    },
    '0 2 * * *',
  );
  const second = made[1];
  assert.ok(second && second >= new Date('2026-05-02T09:00:00Z') && second <= new Date('2026-05-02T09:02:00Z'));
  assert.deepEqual(
    made.slice(2).map((time) => time.toISOString()),
    ['2026-05-03T02:00:00.000Z', '2026-05-04T02:00:00.000Z'],
  );
});

test('a clock that is set back by a day makes no second set of the same night and loses none after it', async () => {
  let jumped = false;
  const made = await live(
    {
      zone: 'UTC',
      from: '2026-05-01T12:00:00Z',
      until: '2026-05-05T12:00:00Z',
      disturb: (now, rest) => {
        if (jumped || now < new Date('2026-05-03T06:00:00Z')) return rest;
        jumped = true;
        return -DAY;
      },
    },
    '0 2 * * *',
  );
  const nights = made.slice(1).map((time) => time.toISOString().slice(0, 10));
  assert.deepEqual(nights, ['2026-05-02', '2026-05-03', '2026-05-04', '2026-05-05']);
});

test('a run that takes longer than a day is followed by one, not by all that were missed', async () => {
  let first = true;
  const made = await live(
    {
      zone: 'UTC',
      from: '2026-05-01T01:00:00Z',
      until: '2026-05-06T12:00:00Z',
      work: () => {
        const takes = first ? 50 * HOUR : HOUR;
        first = false;
        return { takes, good: true };
      },
    },
    '0 2 * * *',
  );
  assert.deepEqual(
    made.map((time) => time.toISOString().slice(0, 13)),
    ['2026-05-01T01', '2026-05-03T03', '2026-05-04T02', '2026-05-05T02', '2026-05-06T02'],
  );
});

test('a run that failed is tried again within the hour', async () => {
  let tries = 0;
  const made = await live(
    {
      zone: 'UTC',
      from: '2026-05-01T03:00:00Z',
      until: '2026-05-01T23:00:00Z',
      work: () => {
        tries += 1;
        return { takes: 1000, good: tries > 2 };
      },
    },
    '0 2 * * *',
  );
  assert.equal(tries, 3);
  assert.ok(made[0] && made[0] <= new Date('2026-05-01T05:10:00Z'));
});
