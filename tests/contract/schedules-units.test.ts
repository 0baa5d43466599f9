import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CronTime, parseCron } from '../../scripts/common/cron.ts';
import { quietMinute } from '../../scripts/schedules/looks.ts';
import { calendarLines } from '../../scripts/schedules/systemd/calendar.ts';
import { nextTime, type Timing } from '../../scripts/schedules/times.ts';
import { whyNoMachine } from '../stack/systemd.ts';
import { ODD_VALUE, sampleJob } from './schedules.ts';
import { app, cron, openBench, project, root } from './schedules-bench.ts';
import { homeOf } from './schedules-machine.ts';

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

/** Does the clock of a zone show a minute and an hour of the schedule then? */
function isOfSchedule({ minutes, hours }: CronTime, timeZone: string, moment: number): boolean {
  const shown = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(moment);
  const [hour, minute] = shown.split(':').map(Number);
  return hours.includes(hour ?? -1) && minutes.includes(minute ?? -1);
}

/** Ten of them, in milliseconds. */
function nextTimes(timing: Timing, from: Date): number[] {
  const times: number[] = [];
  let next = nextTime(timing, new Date(from.getTime() - 1));
  for (; next && times.length < 10; next = nextTime(timing, next)) times.push(Number(next));
  return times;
}

describe('what is written for systemd and cron, as they take it', { skip: (await whyNoMachine()) ?? false }, () => {
  const bench = openBench('units');

  test('a job of the machine may write to its own folders and to no others of the system', async () => {
    const script = 'for file in /usr/x /etc/x /opt/x /root/backups/x /run/x; do touch $file && echo wrote $file; done';
    await bench.machine.sh('mkdir -p /root/backups');
    const job = sampleJob('/root', { command: ['/bin/sh', '-c', script] });
    const { output } = (await bench.call(root, 'probe', project, [job])) as { output: string };
    assert.deepEqual(output.match(/wrote .*/g), ['wrote /root/backups/x', 'wrote /run/x']);
    assert.equal((output.match(/Read-only file system/g) ?? []).length, 3);
  });

  test('what engines need works in both: sockets, user namespaces for rootless podman, setuid programs', async () => {
    // Rootless podman maps its users by a setuid program, which a service without new privileges could not use.
    const script =
      'unshare --user --map-root-user id -u; grep NoNewPrivs /proc/self/status; ls /run/dbus >/dev/null && echo seen';
    for (const account of [root, app]) {
      const job = sampleJob(homeOf(account), { command: ['/bin/sh', '-c', script] });
      const { output } = (await bench.call(account, 'probe', project, [job])) as { output: string };
      assert.deepEqual(output.trim().split(/\s+/), ['0', 'NoNewPrivs:', '0', 'seen'], account.scheduler);
    }
  });

  test('what podman needs to reach its containers as root is left: every right, its control groups, a name for a host', async () => {
    const script = `diff /proc/self/status /proc/1/status | grep Cap
      for folder in /sys/fs/cgroup/systemd /sys/fs/cgroup; do mkdir $folder/holdfast 2>/dev/null && rmdir $folder/holdfast && echo joins && break; done
      unshare --uts --mount --net hostname guest && echo named`.replaceAll(/\s*\n\s*/g, '; ');
    const job = sampleJob('/root', { command: ['/bin/sh', '-c', script] });
    const { output } = (await bench.call(root, 'probe', project, [job])) as { output: string };
    assert.deepEqual(output.trim().split('\n'), ['joins', 'named']);
  });

  test('systemd understands every time as it is meant: it fires at each, and besides that once an hour', async () => {
    // A few days before clocks are put forward in Berlin.
    const base = new Date('2026-03-25T00:00:00Z');
    for (const [text, zone] of sampleTimes()) {
      const time = parseCron(text);
      assert.ok(time);
      const lines = calendarLines(time, zone).map((line) => `'${line.replace('OnCalendar=', '')}'`);
      const said = await bench.machine.sh(
        `systemd-analyze calendar --base-time='2026-03-25' --iterations=300 ${lines.join(' ')}`,
      );
      const fired = [...said.matchAll(/(?:elapse|#\d+): \w+ (\S+) (\S+) UTC/g)].map(([, day, clock]) =>
        Date.parse(`${day}T${clock}Z`),
      );
      const meant = nextTimes({ time, timezone: zone }, base);
      for (const moment of meant) {
        // A time that is skipped in spring comes with the next look; all others come on the minute.
        const latest = isOfSchedule(time, zone, moment) ? moment : moment + 3_600_000;
        const met = fired.some((other) => other >= moment && other <= latest);
        assert.ok(met, `${text} ${zone}: not at ${new Date(moment).toISOString()}`);
      }
      const last = meant.at(-1) ?? 0;
      const looks = quietMinute(time.minutes);
      const superfluous = fired.filter(
        (moment) => moment <= last && !meant.includes(moment) && !looks.includes(new Date(moment).getUTCMinutes()),
      );
      assert.deepEqual(superfluous, [], `${text} ${zone}`);
    }
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
      await bench.machine.sh(`mkdir -p -- "$(dirname -- ${quoted})"; cat > ${quoted}; chmod 755 ${quoted}`, { input });
      for (const account of [root, cron]) {
        const job = sampleJob(homeOf(account), {
          ...{ command: [file, folder], folder, writable: [folder], logFile: `${folder}/out.log` },
          environment: { PATH: '/usr/bin:/bin', VALUE: folder },
        });
        const { output } = (await bench.call(account, 'probe', project, [job])) as { output: string };
        assert.deepEqual(output.split('\n').slice(0, 4), [file, folder, folder, folder], account.scheduler);
      }
    }
  });

  test('systemd finds nothing to say about the units, nor about a log in a folder with an odd name', async () => {
    const folder = `/srv/odd/${ODD_VALUE.replaceAll('/', '')}`;
    const job = sampleJob('/root', { folder: '/srv', command: ['/bin/echo', folder], logFile: `${folder}/out.log` });
    await bench.call(root, 'install', { ...project, folder }, [job]);
    const unit = 'holdfast-shop-33333333-backup';
    const { text } = await bench.machine.try(`systemd-analyze verify ${unit}.timer ${unit}.service`);
    assert.equal(text.trim(), '');
    await bench.machine.sh(`systemctl start ${unit}.service`);
    assert.equal(await bench.machine.sh('cat /srv/odd/*/out.log'), `${folder}\n`);
    await bench.call(root, 'uninstall', project, []);
  });
});
