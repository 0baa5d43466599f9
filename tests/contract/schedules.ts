/** What every scheduler has to keep to; see the obligations in scripts/schedules/schedule.ts. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Change, InstalledJob, Project, ScheduleProblem } from '../../scripts/schedules/schedule.ts';
import type { DriverCall, DriverJob } from '../stack/schedule-driver.ts';

/** A scheduler under test, and the machine that it is on. */
export interface ScheduleSubject {
  /** Runs a call where the scheduler is; gives its value, or a failure as `{ failure }`. */
  call(call: DriverCall['call'], project: Project, jobs: readonly DriverJob[]): Promise<unknown>;
  /** The home folder of whose jobs they are. */
  readonly home: string;
  /** All that a scheduler may leave behind: names of files and what they hold, jobs that are loaded. */
  traces(): Promise<string>;
  /** Breaks what is installed of a job, as a person may by hand. */
  damage(project: Project, job: string): Promise<void>;
  close(): Promise<void>;
}

/** A failure that a call ended with. */
export interface Failed {
  readonly failure: { readonly code: string; readonly message: string };
}

const one: Project = { id: 'app-11111111', folder: '/srv/app' };
const other: Project = { id: 'app-22222222', folder: '/srv/app 2' };

/** A job that tells how it was started. */
export function sampleJob(home: string, changes: Partial<DriverJob> = {}): DriverJob {
  const script = 'printf "out of %s in %s\\n" "$ODD" "$PWD"; echo err >&2; exit 7';
  return {
    name: 'backup',
    time: '0 2 * * *',
    command: ['/bin/sh', '-c', script],
    folder: home,
    environment: { PATH: '/usr/bin:/bin', HOME: home, ODD: ODD_VALUE },
    logFile: `${home}/backups/logs/backup.log`,
    writable: [`${home}/backups`],
    delaySeconds: 0,
    timeoutSeconds: 30,
    ...changes,
  };
}

/** Everything that means something to sh, cron, systemd, XML or launchd. */
export const ODD_VALUE = `a b%h%%$HOME$$"'\\n<&>äß;#\`!*`;

/** The suite. `subject` is asked for once, when the tests begin. */
export function scheduleContract(name: string, open: () => Promise<ScheduleSubject>): void {
  describe(name, () => {
    let subject: ScheduleSubject;
    let clean: string;
    before(async () => {
      subject = await open();
      clean = await subject.traces();
    });
    after(async () => await subject.close());

    const install = async (jobs: readonly DriverJob[], project = one) =>
      (await subject.call('install', project, jobs)) as readonly Change[];
    const uninstall = async (project = one) => (await subject.call('uninstall', project, [])) as readonly Change[];
    const installed = async (jobs: readonly DriverJob[], project = one) =>
      (await subject.call('installed', project, jobs)) as readonly InstalledJob[];
    const problems = async () => (await subject.call('problems', one, [])) as readonly ScheduleProblem[];
    const job = (changes: Partial<DriverJob> = {}) => sampleJob(subject.home, changes);
    const kinds = (changes: readonly Change[]) => [...new Set(changes.map(({ what }) => what))];

    test('an installed job is active, as it should be, and without problems', async () => {
      assert.deepEqual(await installed([job()]), []);
      const changes = await install([job()]);
      assert.equal(
        changes.some(({ what }) => what === 'made'),
        true,
      );
      const [found, ...more] = await installed([job()]);
      assert.deepEqual(more, []);
      assert.deepEqual([found?.name, found?.active, found?.drift], ['backup', true, []]);
      assert.deepEqual(await problems(), []);
    });

    test('installing the same jobs again changes nothing', async () => {
      const before = await subject.traces();
      assert.deepEqual(kinds(await install([job()])), ['kept']);
      assert.equal(await subject.traces(), before);
    });

    test('another time shows as drift until it is installed', async () => {
      const later = job({ time: '30 4 * * 1-5' });
      const [found] = await installed([later]);
      assert.notDeepEqual(found?.drift, []);
      assert.equal(kinds(await install([later])).includes('changed'), true);
      const [told] = await installed([later]);
      assert.deepEqual(told?.drift, []);
      // Where the scheduler tells it, it knows the new time.
      if (told?.nextRun !== undefined) assert.match(String(told.nextRun), /T04:30:00/);
    });

    test('a program that lies elsewhere shows as drift, with the old path and the new one', async () => {
      const moved = job({ time: '30 4 * * 1-5', command: ['/opt/new/holdfast', 'schedule', 'run', 'backup'] });
      const [found] = await installed([moved]);
      const words = (found?.drift ?? []).join('\n');
      assert.match(words, /\/opt\/new\/holdfast/);
      assert.match(words, /\/bin\/sh/);
    });

    test('a job that is no longer wanted is told of, and goes with the next install', async () => {
      const pair = [job({ time: '30 4 * * 1-5' }), job({ name: 'weekly.check' })];
      await install(pair);
      assert.deepEqual((await installed(pair)).map(({ name: each }) => each).sort(), ['backup', 'weekly.check']);
      const lonely = (await installed([job({ time: '30 4 * * 1-5' })])).find(
        ({ name: each }) => each === 'weekly.check',
      );
      assert.match(lonely?.drift.join() ?? '', /not in the settings/);
      const changes = await install(pair.slice(0, 1));
      assert.equal(kinds(changes).includes('removed') || kinds(changes).includes('changed'), true);
      assert.deepEqual(
        (await installed([])).map(({ name: each }) => each),
        ['backup'],
      );
    });

    test('the jobs of another project are left alone', async () => {
      await install([job()], other);
      const theirs = async () => await installed([job()], other);
      const before = await theirs();
      assert.equal(before[0]?.active, true);
      await install([job({ time: '1 1 1 1 *' })]);
      assert.deepEqual((await theirs())[0]?.drift, []);
      await uninstall();
      assert.deepEqual(await installed([]), []);
      assert.deepEqual(
        (await theirs()).map(({ name: each, active }) => [each, active]),
        [['backup', true]],
      );
      await uninstall(other);
    });

    test('a job of a folder that is gone is told of to the other projects, with its mend', async () => {
      const gone: Project = { id: 'gone-33333333', folder: '/nowhere/a <b>&c' };
      await install([job({ folder: gone.folder })], gone);
      const [found, ...more] = await problems();
      assert.deepEqual(more, []);
      assert.match(found?.what ?? '', /gone-33333333.* is of the folder "\/nowhere\/a <b>&c", which is not there/);
      assert.match(found?.mend ?? '', /rm \S+gone-33333333/);
      await uninstall(gone);
      assert.deepEqual(await problems(), []);
    });

    test('uninstall leaves nothing, and finds nothing the second time', async () => {
      await install([job(), job({ name: 'second' })]);
      assert.deepEqual(
        (await uninstall()).some(({ what }) => what === 'removed'),
        true,
      );
      assert.equal(await subject.traces(), clean);
      assert.deepEqual(await uninstall(), []);
    });

    test('what is half there is told of, mended by install, and taken away whole by uninstall', async () => {
      await install([job()]);
      await subject.damage(one, 'backup');
      const [found] = await installed([job()]);
      assert.ok(found);
      assert.equal(!found.active || found.drift.length > 0, true);
      await install([job()]);
      assert.deepEqual(
        (await installed([job()])).map(({ active, drift }) => [active, drift]),
        [[true, []]],
      );
      await subject.damage(one, 'backup');
      await uninstall();
      assert.equal(await subject.traces(), clean);
    });

    test('a probe has the environment and the folder of the job, tells exit code and output, and leaves nothing', async () => {
      const { exitCode, output } = (await subject.call('probe', one, [job()])) as { exitCode: number; output: string };
      assert.equal(exitCode, 7);
      assert.deepEqual(output.trim().split('\n').sort(), ['err', `out of ${ODD_VALUE} in ${subject.home}`]);
      assert.equal(await subject.traces(), clean);
    });

    test('a probe that does not end is ended, and leaves nothing', async () => {
      const stuck = job({ command: ['/bin/sh', '-c', 'echo begun; sleep 60'], timeoutSeconds: 1 });
      const { failure } = (await subject.call('probe', one, [stuck])) as Failed;
      assert.deepEqual([failure.code, failure.message], ['timeout', 'the probe did not end within 1 seconds']);
      assert.equal(await subject.traces(), clean);
    });

    test('a path with a line break is refused before anything is written', async () => {
      const { failure } = (await subject.call('install', one, [job({ folder: '/tmp/a\nb' })])) as Failed;
      assert.deepEqual(
        [failure.code, failure.message],
        ['settings', 'the working folder of "backup" holds a control character'],
      );
      assert.equal(await subject.traces(), clean);
    });
  });
}
