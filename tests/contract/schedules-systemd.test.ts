import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InstalledJob, Project, ScheduleProblem } from '../../scripts/schedules/schedule.ts';
import type { DriverJob } from '../stack/schedule-driver.ts';
import { whyNoMachine } from '../stack/systemd.ts';
import { type Failed, sampleJob } from './schedules.ts';
import { accounts, app, cron, LINGER, openBench, project, root } from './schedules-bench.ts';
import type { Account } from './schedules-machine.ts';
import { waitFor } from './schedules-wait.ts';

/** A minute, and the accuracy that a timer is asked for, and a busy machine. Milliseconds. */
const UNTIL_THE_NEXT_MINUTE = 100_000;

describe('timers on a real machine', { skip: (await whyNoMachine()) ?? false }, () => {
  const bench = openBench('timers');

  test('jobs of systemd, of a user of it, and of cron are started at their time, and not twice', async () => {
    const jobOf = (account: Account): DriverJob => ({
      ...bench.jobOf(account, '* * * * *'),
      command: ['/bin/sh', '-c', 'date +%H:%M'],
    });
    for (const account of accounts) await bench.call(account, 'install', project, [jobOf(account)]);
    for (const account of accounts) {
      await waitFor(async () => /^\d\d:/.test(await bench.readLog(account)), UNTIL_THE_NEXT_MINUTE, account.scheduler);
    }
    let job: InstalledJob | undefined;
    const isAtRest = async () => {
      [job] = (await bench.call(root, 'installed', project, [jobOf(root)])) as InstalledJob[];
      return job?.running === false;
    };
    await waitFor(isAtRest, UNTIL_THE_NEXT_MINUTE, 'the job does not end');
    const { text: now } = await bench.machine.try('date +%s');
    assert.deepEqual([job?.active, job?.lastExitCode, job?.drift], [true, 0, []]);
    for (const moment of [job?.lastRun, job?.nextRun]) {
      assert.equal(Math.abs(Date.parse(String(moment)) / 1000 - Number(now)) < 120, true, String(moment));
    }
    for (const account of accounts) await bench.call(account, 'uninstall', project, []);
    for (const account of accounts) {
      const minutes = (await bench.readLog(account)).split('\n');
      assert.deepEqual(minutes, [...new Set(minutes)], account.scheduler);
    }
    // The tests after this one wait for what their own jobs write.
    await bench.machine.sh('rm -f /srv/logs/*/*');
  });

  test('a night that passed while the machine was off is made up for when it starts, and no other', async () => {
    // Every minute of an hour in January: with none left for the hourly look.
    const never = '* 2 1 1 *';
    const fresh: Project = { id: 'fresh-44444444', folder: '/srv/fresh' };
    for (const account of accounts) await bench.call(account, 'install', project, [bench.jobOf(account, never)]);
    await bench.call(root, 'install', fresh, [{ ...bench.jobOf(root, never), logFile: '/srv/logs/fresh' }]);
    await bench.machine.sh('rm -f /srv/logs/*/*');
    // As after two years of sleep: the note of the last start is that old.
    const notes = '/var/lib/systemd/timers /home/app/.local/share/systemd/timers';
    await bench.machine.sh(`find ${notes} -name 'stamp-holdfast-shop-*' -exec touch -d '2 years ago' {} +`);
    await bench.restart();
    for (const account of accounts) {
      await waitFor(async () => (await bench.readLog(account)) === 'ran', 60_000, account.scheduler);
    }
    assert.equal((await bench.machine.try('cat /srv/logs/fresh')).code, 1);
    const [job] = (await bench.call(root, 'installed', fresh, [])) as InstalledJob[];
    assert.equal(job?.lastRun, undefined);
    for (const account of accounts) await bench.call(account, 'uninstall', project, []);
    await bench.call(root, 'uninstall', fresh, []);
  });

  test('without linger the problem is told with its mend, while the user is logged in and when he is not', async () => {
    const told = async () =>
      ((await bench.call(app, 'problems', project, [])) as ScheduleProblem[]).map(({ mend }) => mend);
    assert.deepEqual(await told(), []);
    await bench.machine.sh('loginctl disable-linger app; while systemctl is-active -q user@1000; do sleep 0.2; done');
    assert.deepEqual(await told(), ['loginctl enable-linger 1000']);
    await bench.machine.sh(LINGER);
    assert.deepEqual(await told(), []);
  });

  test('a run that takes too long is asked to end, and nothing that it started stays', async () => {
    const script = 'sleep 4321 & trap "echo asked; exit 3" TERM; wait';
    const job = sampleJob('/root', {
      command: ['/bin/bash', '-c', script],
      timeoutSeconds: 1,
      logFile: '/srv/logs/late',
    });
    await bench.call(root, 'install', project, [job]);
    await bench.machine.try('systemctl start holdfast-shop-33333333-backup.service');
    assert.equal(await bench.machine.sh('cat /srv/logs/late'), 'asked\n');
    assert.equal((await bench.machine.sh('pgrep -a -x sleep | grep 4321; true')).trim(), '');
    const [told] = (await bench.call(root, 'installed', project, [job])) as InstalledJob[];
    assert.equal(told?.lastExitCode, 3);
    await bench.call(root, 'uninstall', project, []);
    assert.equal((await bench.machine.sh('systemctl list-units --all --no-legend "holdfast*"')).trim(), '');
  });

  test('a unit that systemd has not read since it was changed is told of, and install sees to it', async () => {
    const job = bench.jobOf(root, '0 2 * * *');
    await bench.call(root, 'install', project, [job]);
    await bench.machine.sh('sleep 1; touch /etc/systemd/system/holdfast-shop-33333333-backup.timer');
    const drift = async () => ((await bench.call(root, 'installed', project, [job])) as InstalledJob[])[0]?.drift;
    assert.match(String(await drift()), /has not read it yet/);
    await bench.call(root, 'install', project, [job]);
    assert.deepEqual(await drift(), []);
    await bench.call(root, 'uninstall', project, []);
  });

  test('without a running cron it is not chosen, and what is installed there is a problem', async () => {
    await bench.call(cron, 'install', project, [bench.jobOf(cron, '0 2 * * *')]);
    await bench.machine.sh('systemctl stop cron');
    const problems = (await bench.call(cron, 'problems', project, [])) as ScheduleProblem[];
    assert.deepEqual(
      problems.map(({ what }) => what),
      ['no cron daemon is running'],
    );
    const refused = (await bench.fails(cron, 'install', project, [bench.jobOf(cron, '0 3 * * *')])) as Failed;
    assert.deepEqual([refused.failure.code, refused.failure.message], ['unreachable', 'no cron daemon is running']);
    await bench.machine.sh('systemctl start cron');
    await bench.call(cron, 'uninstall', project, []);
  });
});
