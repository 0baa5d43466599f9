import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCron } from '../../scripts/common/cron.ts';
import type { InstalledJob, Project, ScheduleProblem } from '../../scripts/schedules/schedule.ts';
import { calendarLines } from '../../scripts/schedules/systemd/calendar.ts';
import { nextTime, type Timing } from '../../scripts/schedules/times.ts';
import { type Machine, startMachine, whyNoMachine } from '../stack/systemd.ts';
import { type Failed, ODD_VALUE, sampleJob } from './schedules.ts';
import { type Account, type Caller, homeOf, openCaller } from './schedules-machine.ts';
import { waitFor } from './schedules-wait.ts';

const root: Account = { user: 'root', scheduler: 'systemd (system)' };
const app: Account = { user: 'app', scheduler: 'systemd (user)' };
const cron: Account = { user: 'app', scheduler: 'cron' };
const accounts = [root, app, cron];

/** Times of all shapes, and a zone with and one without summer time. */
function sampleTimes(): [text: string, zone: string][] {
  const number = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
  const field = (least: number, most: number) =>
    fc.oneof(
      fc.constantFrom('*', '*/2', '*/7'),
      number(least, most),
      fc.tuple(number(least, most), number(least, most)).map((two) => two.join(',')),
    );
  const text = fc
    .tuple(number(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((all) => all.join(' '));
  const fixed = ['30 2 * * *', '0 0 1 * 1', '15 1 */2 * 5', '0 3 * * 0', '*/20 2 * * *'];
  const random = fc.sample(text, { numRuns: 6, seed: 11 });
  const inZone = (zone: string) => (each: string) => [each, zone] satisfies [string, string];
  return [...[...fixed, ...random].map(inZone('Europe/Berlin')), ...random.slice(0, 2).map(inZone('Asia/Kathmandu'))];
}

/** Ten of them, in milliseconds. */
function nextTimes(timing: Timing, from: Date): number[] {
  const times: number[] = [];
  let next = nextTime(timing, new Date(from.getTime() - 1));
  for (; next && times.length < 10; next = nextTime(timing, next)) times.push(Number(next));
  return times;
}

const project: Project = { id: 'shop-33333333', folder: '/srv/shop' };

/** A minute, and the accuracy that a timer is asked for, and a busy machine. Milliseconds. */
const UNTIL_THE_NEXT_MINUTE = 100_000;

describe('timers on a real machine', { skip: (await whyNoMachine()) ?? false }, () => {
  let machine: Machine;
  let callers: ReadonlyMap<Account, Caller>;
  const openCallers = () => new Map(accounts.map((account) => [account, openCaller(machine, account)]));
  const closeCallers = async () => {
    for (const caller of callers.values()) await caller[Symbol.asyncDispose]();
  };
  const call = async (account: Account, ...words: Parameters<Caller['call']>) => {
    const value = await callers.get(account)?.call(...words);
    assert.equal((value as { failure?: unknown }).failure, undefined);
    return value;
  };
  const logOf = ({ scheduler }: Account) => `/srv/logs/${scheduler.replaceAll(/\W/g, '')}/backup.log`;
  const readLog = async (account: Account) => (await machine.try(`cat ${logOf(account)}`)).text.trim();
  const jobOf = (account: Account, time: string) =>
    sampleJob(homeOf(account), { time, logFile: logOf(account), command: ['/bin/sh', '-c', 'echo ran'] });
  const linger = 'loginctl enable-linger app; until systemctl is-active -q user@1000; do sleep 0.1; done';

  before(async () => {
    machine = await startMachine('timers');
    await machine.sh(`${linger}; mkdir -m 777 /srv/logs`);
    callers = openCallers();
  });
  after(async () => {
    await closeCallers();
    await machine[Symbol.asyncDispose]();
  });

  test('jobs of systemd, of a user of it, and of cron are started at their time, and not twice', async () => {
    for (const account of accounts) await call(account, 'install', project, [jobOf(account, '* * * * *')]);
    for (const account of accounts) {
      await waitFor(async () => (await readLog(account)) === 'ran', UNTIL_THE_NEXT_MINUTE, account.scheduler);
    }
    const [job] = (await call(root, 'installed', project, [jobOf(root, '* * * * *')])) as InstalledJob[];
    const { text: now } = await machine.try('date +%s');
    assert.deepEqual([job?.active, job?.lastExitCode, job?.running, job?.drift], [true, 0, false, []]);
    for (const moment of [job?.lastRun, job?.nextRun]) {
      assert.equal(Math.abs(Date.parse(String(moment)) / 1000 - Number(now)) < 120, true, String(moment));
    }
    for (const account of accounts) await call(account, 'uninstall', project, []);
  });

  test('a night that passed while the machine was off is made up for when it starts, and no other', async () => {
    const fresh: Project = { id: 'fresh-44444444', folder: '/srv/fresh' };
    for (const account of accounts) await call(account, 'install', project, [jobOf(account, '0 2 1 1 *')]);
    await call(root, 'install', fresh, [{ ...jobOf(root, '0 2 1 1 *'), logFile: '/srv/logs/fresh' }]);
    await machine.sh('rm -f /srv/logs/*/*');
    // As after two years of sleep: the note of the last start is that old.
    const notes = '/var/lib/systemd/timers /home/app/.local/share/systemd/timers';
    await machine.sh(`find ${notes} -name 'stamp-holdfast-shop-*' -exec touch -d '2 years ago' {} +`);
    await closeCallers();
    await machine.restart();
    callers = openCallers();
    for (const account of accounts) {
      await waitFor(async () => (await readLog(account)) === 'ran', 60_000, account.scheduler);
    }
    assert.equal((await machine.try('cat /srv/logs/fresh')).code, 1);
    const [job] = (await call(root, 'installed', fresh, [])) as InstalledJob[];
    assert.equal(job?.lastRun, undefined);
    for (const account of accounts) await call(account, 'uninstall', project, []);
    await call(root, 'uninstall', fresh, []);
  });

  test('without linger the problem is told with its mend, while the user is logged in and when he is not', async () => {
    const told = async () => ((await call(app, 'problems', project, [])) as ScheduleProblem[]).map(({ mend }) => mend);
    assert.deepEqual(await told(), []);
    await machine.sh('loginctl disable-linger app; while systemctl is-active -q user@1000; do sleep 0.2; done');
    assert.deepEqual(await told(), ['loginctl enable-linger 1000']);
    await machine.sh(linger);
    assert.deepEqual(await told(), []);
  });

  test('a job of the machine may write to its own folders and to no others of the system', async () => {
    const script = 'for file in /usr/x /etc/x /opt/x /root/backups/x /run/x; do touch $file && echo wrote $file; done';
    await machine.sh('mkdir -p /root/backups');
    const job = sampleJob('/root', { command: ['/bin/sh', '-c', script] });
    const { output } = (await call(root, 'probe', project, [job])) as { output: string };
    assert.deepEqual(output.match(/wrote .*/g), ['wrote /root/backups/x', 'wrote /run/x']);
    assert.equal((output.match(/Read-only file system/g) ?? []).length, 3);
  });

  test('what engines need works in both: sockets, user namespaces for rootless podman, setuid programs', async () => {
    // Rootless podman maps its users by a setuid program, which a service without new privileges could not use.
    const script =
      'unshare --user --map-root-user id -u; grep NoNewPrivs /proc/self/status; ls /run/dbus >/dev/null && echo seen';
    for (const account of [root, app]) {
      const job = sampleJob(homeOf(account), { command: ['/bin/sh', '-c', script] });
      const { output } = (await call(account, 'probe', project, [job])) as { output: string };
      assert.deepEqual(output.trim().split(/\s+/), ['0', 'NoNewPrivs:', '0', 'seen'], account.scheduler);
    }
  });

  test('a run that takes too long is asked to end, and nothing that it started stays', async () => {
    const script = 'sleep 4321 & trap "echo asked; kill %1; exit 3" TERM; wait';
    const job = sampleJob('/root', {
      command: ['/bin/bash', '-c', script],
      timeoutSeconds: 1,
      logFile: '/srv/logs/late',
    });
    await call(root, 'install', project, [job]);
    await machine.try('systemctl start holdfast-shop-33333333-backup.service');
    assert.equal(await machine.sh('cat /srv/logs/late'), 'asked\n');
    assert.equal((await machine.try('pgrep -f "sleep 4321" | grep -v "^$$$"')).text.trim(), '');
    const [told] = (await call(root, 'installed', project, [job])) as InstalledJob[];
    assert.equal(told?.lastExitCode, 3);
    await call(root, 'uninstall', project, []);
    assert.equal((await machine.sh('systemctl list-units --all --no-legend "holdfast*"')).trim(), '');
  });

  test('systemd understands every time as it is meant: it fires at each, and at no other but an hour later', async () => {
    const base = new Date('2026-03-01T00:00:00Z');
    for (const [text, zone] of sampleTimes()) {
      const time = parseCron(text);
      assert.ok(time);
      const lines = calendarLines(time, zone).map((line) => `'${line.replace('OnCalendar=', '')}'`);
      const said = await machine.sh(
        `systemd-analyze calendar --base-time='2026-03-01' --iterations=30 ${lines.join(' ')}`,
      );
      const fired = [...said.matchAll(/(?:elapse|#\d+): \w+ (\S+) (\S+) UTC/g)].map(([, day, clock]) =>
        Date.parse(`${day}T${clock}Z`),
      );
      const meant = nextTimes({ time, timezone: zone }, base);
      const near = (all: readonly number[], moment: number, hours: number) =>
        all.some((other) => other >= moment && other <= moment + hours * 3_600_000);
      for (const moment of meant)
        assert.ok(near(fired, moment, 1), `${text} ${zone}: not at ${new Date(moment).toISOString()}`);
      const last = meant.at(-1) ?? 0;
      const superfluous = fired.filter((moment) => moment <= last && !near(meant, moment - 3_600_000, 1));
      assert.deepEqual(
        superfluous.map((moment) => new Date(moment).toISOString()),
        [],
        `${text} ${zone}`,
      );
    }
  });

  test('without a running cron it is not chosen, and what is installed there is a problem', async () => {
    await call(cron, 'install', project, [jobOf(cron, '0 2 * * *')]);
    await machine.sh('systemctl stop cron');
    const problems = (await call(cron, 'problems', project, [])) as ScheduleProblem[];
    assert.deepEqual(
      problems.map(({ what }) => what),
      ['no cron daemon is running'],
    );
    const refused = (await callers.get(cron)?.call('install', project, [jobOf(cron, '0 3 * * *')])) as Failed;
    assert.deepEqual([refused.failure.code, refused.failure.message], ['unreachable', 'no cron daemon is running']);
    await machine.sh('systemctl start cron');
    await call(cron, 'uninstall', project, []);
  });

  test('any path survives: of the program, its folder, its arguments and its values', async () => {
    const letters = fc.constantFrom(...` %$"'\\<>&;#!*~[]{}()|^?=,:@+-_.aZ0äß漢é\``);
    const name = fc.string({ unit: letters, minLength: 1, maxLength: 12 }).filter((text) => !/^\.{1,2}$/.test(text));
    const folders = [
      'a b ',
      'c\\',
      '-d',
      "e'f",
      'g"h',
      '%n%%',
      '$HOME$$',
      '~',
      ...fc.sample(name, { numRuns: 6, seed: 7 }),
    ];
    for (const folder of folders.map((text) => `/srv/odd/${text}`)) {
      const input = '#!/bin/sh\nprintf "%s\\n" "$0" "$PWD" "$1" "$VALUE"\n';
      const file = `${folder}/prog ${ODD_VALUE.slice(0, 12)}`;
      const quoted = `'${file.replaceAll("'", `'\\''`)}'`;
      await machine.sh(`mkdir -p -- "$(dirname -- ${quoted})"; cat > ${quoted}; chmod 755 ${quoted}`, { input });
      for (const account of [root, cron]) {
        const job = sampleJob(homeOf(account), {
          ...{ command: [file, folder], folder, writable: [folder], logFile: `${folder}/out.log` },
          environment: { PATH: '/usr/bin:/bin', VALUE: folder },
        });
        const { output } = (await call(account, 'probe', project, [job])) as { output: string };
        assert.deepEqual(output.split('\n').slice(0, 4), [file, folder, folder, folder], account.scheduler);
      }
    }
  });

  test('systemd finds nothing to say about the units, nor about a log in a folder with an odd name', async () => {
    const folder = `/srv/odd/${ODD_VALUE.replaceAll('/', '')}`;
    const job = sampleJob('/root', { folder: '/srv', command: ['/bin/echo', folder], logFile: `${folder}/out.log` });
    await call(root, 'install', { ...project, folder }, [job]);
    const unit = 'holdfast-shop-33333333-backup';
    const { text } = await machine.try(`systemd-analyze verify ${unit}.timer ${unit}.service`);
    assert.equal(text.trim(), '');
    await machine.sh(`systemctl start ${unit}.service`);
    assert.equal(await machine.sh('cat /srv/odd/*/out.log'), `${folder}\n`);
    await call(root, 'uninstall', project, []);
  });
});
