/** A machine for tests of what schedulers do on it, with a caller for each account. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Project } from '../../scripts/schedules/schedule.ts';
import type { DriverJob } from '../stack/schedule-driver.ts';
import { type Machine, startMachine } from '../stack/systemd.ts';
import { sampleJob } from './schedules.ts';
import { type Account, type Caller, homeOf, openCaller } from './schedules-machine.ts';

export const root: Account = { user: 'root', scheduler: 'systemd (system)' };
export const app: Account = { user: 'app', scheduler: 'systemd (user)' };
export const cron: Account = { user: 'app', scheduler: 'cron' };
export const accounts = [root, app, cron];

export const project: Project = { id: 'shop-33333333', folder: '/srv/shop' };

/** Gives the account "app" a manager that is there without a log-in. */
export const LINGER = 'loginctl enable-linger app; until systemctl is-active -q user@1000; do sleep 0.1; done';

/** The machine of a file of tests, and what is done on it. */
export interface Bench {
  readonly machine: Machine;
  /** Calls a scheduler and gives its value; fails when that is a failure. */
  call(account: Account, ...words: Parameters<Caller['call']>): Promise<unknown>;
  /** The same, when a failure is what is wanted. */
  fails(account: Account, ...words: Parameters<Caller['call']>): Promise<unknown>;
  /** A job that writes "ran" into the log of its account. */
  jobOf(account: Account, time: string): DriverJob;
  readLog(account: Account): Promise<string>;
  /** A power cycle; the callers are ended before and started after it. */
  restart(): Promise<void>;
}

/** Starts a machine before the tests of a suite, and removes it after them. `word` is part of its name. */
export function openBench(word: string): Bench {
  let machine: Machine | undefined;
  let callers = new Map<Account, Caller>();
  const started = (): Machine => {
    assert.ok(machine, 'the machine did not start');
    return machine;
  };
  const open = () => new Map(accounts.map((account) => [account, openCaller(started(), account)]));
  const close = async () => {
    for (const caller of callers.values()) await caller[Symbol.asyncDispose]();
  };
  const logOf = ({ scheduler }: Account) => `/srv/logs/${scheduler.replaceAll(/\W/g, '')}/backup.log`;
  before(async () => {
    machine = await startMachine(word);
    await machine.sh(`${LINGER}; mkdir -m 777 /srv/logs`);
    callers = open();
  });
  after(async () => {
    await close();
    await machine?.[Symbol.asyncDispose]();
  });
  const fails: Bench['fails'] = async (account, ...words) => await callers.get(account)?.call(...words);
  return {
    get machine() {
      return started();
    },
    fails,
    call: async (account, ...words) => {
      const value = await fails(account, ...words);
      assert.equal((value as { failure?: unknown }).failure, undefined);
      return value;
    },
    jobOf: (account, time) =>
      sampleJob(homeOf(account), { time, logFile: logOf(account), command: ['/bin/sh', '-c', 'echo ran'] }),
    readLog: async (account) => (await started().try(`cat ${logOf(account)}`)).text.trim(),
    restart: async () => {
      await close();
      await started().restart();
      callers = open();
    },
  };
}
