/** Schedulers inside a machine with a real systemd and a real cron, called as the person whose jobs they are. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Project } from '../../scripts/schedules/schedule.ts';
import { containerCli } from '../stack/container-cli.ts';
import type { DriverCall, DriverJob } from '../stack/schedule-driver.ts';
import { MACHINE_NODE, type Machine } from '../stack/systemd.ts';
import type { ScheduleSubject } from './schedules.ts';

const driver = new URL('../stack/schedule-driver.ts', import.meta.url).pathname;

/** Whose jobs, and of which scheduler: its name as it says it. */
export interface Account {
  readonly user: 'root' | 'app';
  readonly scheduler: string;
}

/** The home folder of an account. */
export function homeOf({ user }: Account): string {
  return user === 'root' ? '/root' : `/home/${user}`;
}

/** Schedulers of one account, in a process that lives as long as the test: it saves the start of a node for each call. */
export interface Caller extends AsyncDisposable {
  /** Gives the value of a call, or a failure as `{ failure }`. */
  call(call: DriverCall['call'], project: Project, jobs: readonly DriverJob[]): Promise<unknown>;
}

/** Starts the process in the machine. */
export function openCaller(machine: Machine, account: Account): Caller {
  const script = `HOME=${homeOf(account)} exec ${MACHINE_NODE} ${driver}`;
  const words = ['exec', '-i', '--user', account.user, machine.container, 'sh', '-c', script];
  const child = spawn(containerCli('podman').name, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    call: async (call, project, jobs) => {
      child.stdin.write(`${JSON.stringify({ wanted: account.scheduler, call, project, jobs } satisfies DriverCall)}\n`);
      const { value: line } = await answers.next();
      const answer = JSON.parse(line ?? '{"failure":{"message":"the driver has ended"}}') as { value?: unknown };
      return 'value' in answer ? answer.value : answer;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/**
 * All that schedulers keep: units with their links, notes of timers, what systemd has loaded, scripts and crontabs. Of a
 * manager that makes its folder of notes only when it needs it, the folder itself does not count.
 */
const TRACES = `
for folder in /etc/systemd/system /run/systemd/system ~/.config/systemd ~/.config/holdfast \
  "$XDG_RUNTIME_DIR"/systemd/user /var/lib/systemd/timers ~/.local/share/systemd; do
  find "$folder" \\( -name '*holdfast*' -o -path '*.config*' \\) 2>/dev/null
done
systemctl list-units --all --no-legend --plain 'holdfast*'
[ "$(id -u)" = 0 ] || systemctl --user list-units --all --no-legend --plain 'holdfast*'
crontab -l 2>&1
ls -d /tmp/holdfast* 2>/dev/null
true`;

/** A scheduler of a machine for the contract suite. `damage` is sh; $unit is "holdfast-<project>-<job>". */
export function machineSubject(machine: Machine, account: Account, damage: string): ScheduleSubject {
  const caller = openCaller(machine, account);
  return {
    home: homeOf(account),
    call: caller.call,
    close: async () => await caller[Symbol.asyncDispose](),
    traces: async () => {
      const home = `HOME=${homeOf(account)}; XDG_RUNTIME_DIR=/run/user/$(id -u); export HOME XDG_RUNTIME_DIR`;
      return await machine.sh(`${home}\n${TRACES}`, { user: account.user });
    },
    damage: async (project, job) => {
      const names = `HOME=${homeOf(account)}; XDG_RUNTIME_DIR=/run/user/$(id -u); export HOME XDG_RUNTIME_DIR
        unit=holdfast-${project.id}-${job}; script=${project.id}-${job}.sh`;
      await machine.sh(`${names}\n${damage}`, { user: account.user });
    },
  };
}
