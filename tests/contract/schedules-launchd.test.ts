import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseCron } from '../../scripts/common/cron.ts';
import { Failure } from '../../scripts/common/failure.ts';
import { launchdScheduler } from '../../scripts/schedules/members/launchd.ts';
import type { Job, Project, Scheduler } from '../../scripts/schedules/schedule.ts';
import { type ScheduleSubject, sampleJob, scheduleContract } from './schedules.ts';
import { waitFor } from './schedules-wait.ts';

const standIn = new URL('./launchctl-stand-in.ts', import.meta.url).pathname;
const project: Project = { id: 'mac-55555555', folder: '/srv/mac' };

interface Mac extends AsyncDisposable {
  readonly home: string;
  readonly environment: Record<string, string>;
  readonly scheduler: Scheduler;
  /** Runs the stand-in, as a person runs launchctl. */
  launchctl(...words: string[]): string;
}

/** A home folder of a Mac, with the stand-in on its PATH. */
async function openMac(): Promise<Mac> {
  const home = await mkdtemp(join(tmpdir(), 'mac-'));
  const programs = join(home, 'bin');
  await mkdir(join(home, 'Library', 'LaunchAgents'), { recursive: true });
  await mkdir(programs);
  await writeFile(join(programs, 'launchctl'), `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`);
  await chmod(join(programs, 'launchctl'), 0o755);
  const environment = {
    HOME: home,
    PATH: `${programs}:/usr/bin:/bin`,
    STAND_IN_STATE: join(home, 'state'),
    NODE_COMPILE_CACHE: join(home, 'compiled'),
  };
  const signal = new AbortController().signal;
  return {
    home,
    environment,
    scheduler: launchdScheduler({ environment, signal, platform: 'darwin', userId: 501 }),
    launchctl: (...words) => execFileSync(join(programs, 'launchctl'), words, { env: environment, encoding: 'utf8' }),
    [Symbol.asyncDispose]: async () => await rm(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function jobOf(home: string, changes: Parameters<typeof sampleJob>[1] = {}): Job {
  const { time, ...job } = sampleJob(home, changes);
  const parsed = parseCron(time);
  assert.ok(parsed);
  return { ...job, time: parsed, timezone: job.timezone };
}

async function openSubject(): Promise<ScheduleSubject> {
  const mac = await openMac();
  const agents = join(mac.home, 'Library', 'LaunchAgents');
  // A folder for temporary files that nobody else uses: what stays in it is ours.
  const temporary = join(mac.home, 'tmp');
  await mkdir(temporary);
  process.env.TMPDIR = temporary;
  const call: ScheduleSubject['call'] = async (verb, whose, written) => {
    const jobs = written.map((job) => jobOf(mac.home, job));
    const { scheduler } = mac;
    try {
      if (verb === 'install') return await scheduler.install(whose, jobs);
      if (verb === 'installed') return await scheduler.installed(whose, jobs);
      if (verb === 'uninstall') return await scheduler.uninstall(whose);
      if (verb === 'probe' && jobs[0]) return await scheduler.probe(whose, jobs[0]);
      return await scheduler.problems(whose);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { failure: { code: error.code, message: error.message } };
    }
  };
  return {
    home: mac.home,
    call,
    traces: async () => {
      return [...(await readdir(agents)), mac.launchctl('list'), ...(await readdir(temporary))].join('\n');
    },
    damage: async (whose, job) => {
      const label = `com.holdfast.${whose.id}.${job}`;
      mac.launchctl('bootout', `gui/501/${label}`);
      mac.launchctl('disable', `gui/501/${label}`);
      await writeFile(join(agents, `${label}.plist`), '<?xml version="1.0"?><plist><di');
    },
    close: async () => {
      delete process.env.TMPDIR;
      await mac[Symbol.asyncDispose]();
    },
  };
}

scheduleContract('launchd, against a stand-in for launchctl', openSubject);

describe('launchd', () => {
  let mac: Mac;
  before(async () => {
    mac = await openMac();
  });
  after(async () => await mac[Symbol.asyncDispose]());
  const label = `com.holdfast.${project.id}.backup`;

  test('looks once when it is installed, and tells of the run that it started', async () => {
    await mac.scheduler.install(project, [jobOf(mac.home)]);
    const state = async () => (await mac.scheduler.installed(project, [jobOf(mac.home)]))[0];
    await waitFor(async () => (await state())?.lastExitCode === 7, 10_000, 'the run at load');
    assert.equal((await state())?.running, false);
    assert.match(await readFile(join(mac.home, 'backups', 'logs', 'backup.log'), 'utf8'), /^(err\n)?out of /);
    await mac.scheduler.uninstall(project);
  });

  test('a job that runs is told of as running, and uninstall ends it', async () => {
    const long = jobOf(mac.home, { command: ['/bin/sh', '-c', 'exec sleep 30'] });
    await mac.scheduler.install(project, [long]);
    const found = (await mac.scheduler.installed(project, [long]))[0];
    assert.deepEqual([found?.running, found?.lastExitCode], [true, undefined]);
    await mac.scheduler.uninstall(project);
    assert.equal(mac.launchctl('list').includes(label), false);
  });

  test('a job that was switched off is told of with its mend, and installing switches it on', async () => {
    const job = jobOf(mac.home);
    await mac.scheduler.install(project, [job]);
    mac.launchctl('disable', `gui/501/${label}`);
    assert.equal((await mac.scheduler.installed(project, [job]))[0]?.active, false);
    const [problem] = await mac.scheduler.problems(project);
    assert.equal(problem?.mend, `launchctl enable gui/501/${label}`);
    mac.launchctl('bootout', `gui/501/${label}`);
    await mac.scheduler.install(project, [job]);
    assert.deepEqual(await mac.scheduler.problems(project), []);
    await mac.scheduler.uninstall(project);
  });

  test('a job that is loaded although its file is gone is taken out', async () => {
    await mac.scheduler.install(project, [jobOf(mac.home)]);
    await rm(join(mac.home, 'Library', 'LaunchAgents', `${label}.plist`));
    assert.deepEqual(
      (await mac.scheduler.uninstall(project)).map(({ what }) => what),
      ['removed'],
    );
    assert.equal(mac.launchctl('list').includes(label), false);
  });

  test('a job that launchd refuses to load fails in its words', async () => {
    const { environment } = mac;
    const signal = new AbortController().signal;
    const elsewhere = launchdScheduler({ environment, signal, platform: 'darwin', userId: 502 });
    assert.match((await elsewhere.unusable()) ?? '', /no domain "gui\/502".*Could not find domain/);
    await assert.rejects(elsewhere.install(project, [jobOf(mac.home)]), { code: 'unreachable' });
  });

  test('is not used on another system, and where there is no launchctl', async () => {
    const signal = new AbortController().signal;
    const linux = launchdScheduler({ environment: mac.environment, signal, platform: 'linux', userId: 501 });
    assert.equal(await linux.unusable(), 'launchd is only there on macOS');
    const bare = { ...mac.environment, PATH: '/nowhere' };
    const lacking = launchdScheduler({ environment: bare, signal, platform: 'darwin', userId: 501 });
    assert.equal(await lacking.unusable(), 'there is no launchctl');
  });
});
