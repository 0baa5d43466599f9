/**
 * A machine with a real systemd and a real PostgreSQL makes its backups by itself: installed by make, started by the
 * timer, caught up after a night that it was off, told truthfully all the way, and gone without a trace.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstalledJob, ScheduleProblem } from '../../scripts/schedules/schedule.ts';
import { type Machine, startMachine, whyNoMachine } from '../stack/systemd.ts';

const root = new URL('../..', import.meta.url).pathname;
const FOLDER = '/srv/shop';
const PASSWORD = 'g%h$im';
const HELD = 'begin; lock table orders in access exclusive mode; select pg_sleep(300)';

/** What `schedule status --json` prints, as far as it is looked at here. */
interface Status {
  readonly installed: readonly {
    readonly scheduler: string;
    readonly jobs: readonly InstalledJob[];
    readonly problems: readonly ScheduleProblem[];
  }[];
  readonly destinations: readonly { readonly sets: number; readonly newestGood?: { readonly proof: string } }[];
  readonly lastRun?: { readonly schedule?: string; readonly result?: { readonly outcome: string } };
}

describe('a schedule on a real machine', { skip: (await whyNoMachine()) ?? false }, () => {
  let machine: Machine;
  let clean: string;
  const inProject = (words: string) => `export HOME=/root; cd ${FOLDER}; ${words}`;
  const make = async (target: string) => await machine.try(inProject(`make -f ${root}Makefile ${target}`));
  const holdfast = async (words: string) => await machine.try(inProject(`${root}holdfast ${words}`));
  const status = async () => JSON.parse((await holdfast('schedule status --json')).text) as Status;
  const job = async () => (await status()).installed[0]?.jobs[0];
  const unit = async () => (await machine.sh('cd /etc/systemd/system; ls -d holdfast-shop-*.service')).trim();
  const sets = async () => (await machine.sh(`find ${FOLDER}/backups -name manifest.json`)).split('\n').filter(Boolean);
  /** All that a schedule may leave outside of the project's folder. */
  const traces = async () =>
    await machine.sh(
      'find /etc/systemd /run/systemd/system /var/lib/systemd/timers /root/.config 2>/dev/null | sort; crontab -l 2>&1; systemctl list-units --all --plain --no-legend "*holdfast*"; true',
    );
  const waitUntil = async (what: string, holds: () => Promise<boolean>, seconds: number) => {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(500)) if (await holds()) return;
    assert.fail(`waited ${seconds} s in vain until ${what}; the log:\n${(await holdfast('schedule status')).text}`);
  };

  /** Writes a time into .env that comes soon, but not before `seconds` have passed. */
  async function scheduleAfter(seconds: number): Promise<Date> {
    const time = new Date(Math.ceil((Date.now() + seconds * 1000) / 60_000) * 60_000);
    const lines = [
      `POSTGRES_URL=postgres://shop:${encodeURIComponent(PASSWORD)}@127.0.0.1:5432/shop`,
      'BACKUP_DISCOVER=no',
      'BACKUP_START_DELAY_MINUTES=0',
      `BACKUP_SCHEDULE="${time.getUTCMinutes()} ${time.getUTCHours()} * * *"`,
    ];
    await machine.sh(`umask 077; cat > ${FOLDER}/.env`, { input: `${lines.join('\n')}\n` });
    return time;
  }

  before(async () => {
    machine = await startMachine('shop');
    await machine.sh(`mkdir ${FOLDER}; pg_createcluster 15 main --start -- --encoding=UTF8 --locale=C.UTF-8 >&2`);
    const sql = `create role shop login superuser password '${PASSWORD}'; create database shop owner shop;\n\\connect shop
      create table orders as select i as id, md5(i::text) as words from generate_series(1, 20000) i;`;
    await machine.sh('psql -q -v ON_ERROR_STOP=1', { user: 'postgres', input: sql });
    clean = await traces();
  });
  after(async () => await machine[Symbol.asyncDispose]());

  test('before it is installed, status says so and what to try', async () => {
    await scheduleAfter(3600);
    const { code, text } = await make('backup-schedule-status');
    assert.equal(code, 2);
    assert.match(text, /not installed/);
    assert.match(text, /holdfast schedule install/);
  });

  test('make installs it, a second time changes nothing, and status tells the next run', async () => {
    const time = await scheduleAfter(20);
    assert.match((await make('backup-schedule-install')).text, /made \/etc\/systemd\/system\/holdfast-shop-.*timer/);
    const again = await make('backup-schedule-install');
    assert.equal(again.code, 0);
    assert.doesNotMatch(again.text, /made|changed/);
    const { installed } = await status();
    assert.deepEqual(
      installed.map(({ scheduler, problems }) => [scheduler, problems]),
      [['systemd (system)', []]],
    );
    const [first] = installed[0]?.jobs ?? [];
    assert.deepEqual([first?.active, first?.running, first?.drift], [true, false, []]);
    assert.equal(String(first?.nextRun), time.toISOString());
    const text = await machine.sh('cat /etc/systemd/system/holdfast-shop-*');
    assert.equal(text.includes(PASSWORD) || text.includes(encodeURIComponent(PASSWORD)), false);
  });

  test('the timer starts it at its time; while it runs, status says so, and another run leaves with exit code 4', async () => {
    // A lock on the table holds the dump up for as long as we look.
    const hold = machine.try(`psql -q shop -c "${HELD}"`, { user: 'postgres' });
    await waitUntil('the timer fires', async () => (await job())?.running === true, 110);
    const locked = async () => (await machine.try(`test -e ${FOLDER}/backups/.lock`)).code === 0;
    await waitUntil('the run holds the lock', locked, 60);
    assert.deepEqual(await sets(), []);
    const other = await holdfast('schedule run backup');
    assert.equal(other.code, 4, other.text);
    await machine.sh(
      `psql -qAt -c "select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'"`,
      {
        user: 'postgres',
      },
    );
    await hold;
    await waitUntil('the run ends', async () => (await job())?.running === false, 90);
  });

  test('after it, a good set of the real databases is there, and status tells of it', async () => {
    const [path, ...more] = await sets();
    assert.deepEqual(more, []);
    const { sources } = JSON.parse(await machine.sh(`cat ${path}`));
    const [source] = sources.filter(({ name }: { name: string }) => name === 'shop');
    assert.equal(source.fingerprint.counts['public.orders'], 20_000);
    const { destinations, installed } = await status();
    assert.deepEqual([destinations[0]?.sets, destinations[0]?.newestGood?.proof], [1, 'readable']);
    assert.equal(installed[0]?.jobs[0]?.lastExitCode, 0);
    const { code, text } = await make('backup-schedule-status');
    assert.equal(code, 0, text);
  });

  test('a second timer finds that the work is done', async () => {
    await machine.sh(`systemctl start ${await unit()}`);
    assert.match(await machine.sh(`tail -n 3 ${FOLDER}/backups/logs/backup.log`), /not due/);
    assert.equal((await sets()).length, 1);
  });

  test('another time in the settings shows as drift, and is installed', async () => {
    await scheduleAfter(25);
    assert.notDeepEqual((await job())?.drift, []);
    assert.match((await make('backup-schedule-install')).text, /changed .*timer/);
    assert.deepEqual((await job())?.drift, []);
  });

  test('a night that the machine was off is caught up when it starts, once', async () => {
    const next = Date.parse(String((await job())?.nextRun));
    await machine.restart(async () => await sleep(Math.max(0, next + 1000 - Date.now())));
    assert.equal(Date.now() > next, true);
    await waitUntil('the set of the night is there', async () => (await sets()).length === 2, 60);
    await waitUntil('the run ends', async () => (await job())?.running === false, 30);
    const { destinations, lastRun } = await status();
    assert.deepEqual([destinations[0]?.sets, lastRun?.result?.outcome], [2, 'good']);
    await machine.sh(`systemctl start ${await unit()}`);
    assert.equal((await sets()).length, 2);
  });

  test('a project that was moved is noticed, from its new place', async () => {
    await machine.sh(`mv ${FOLDER} ${FOLDER}-moved`);
    const { text } = await machine.try(`export HOME=/root; cd ${FOLDER}-moved; ${root}holdfast schedule install`);
    assert.match(text, /holdfast-shop-.*timer" is of the folder "\/srv\/shop", which is not there any more/);
    await machine.try(`export HOME=/root; cd ${FOLDER}-moved; ${root}holdfast schedule uninstall`);
    await machine.sh(`mv ${FOLDER}-moved ${FOLDER}`);
  });

  test('uninstall leaves nothing but sets and logs, and status knows it', async () => {
    const { code, text } = await make('backup-schedule-uninstall');
    assert.equal(code, 0);
    assert.match(text, /removed .*timer/);
    assert.equal(await traces(), clean);
    assert.equal((await sets()).length, 2);
    assert.deepEqual((await status()).installed, []);
    assert.match((await make('backup-schedule-uninstall')).text, /nothing was installed/);
  });
});
