import type { Command } from 'commander';
import { run } from './run.ts';
import { verb } from './verb.ts';

/** The verbs for backups that are made by themselves. */
export function addScheduleVerbs(program: Command): void {
  const schedule = program
    .command('schedule')
    .description('run backups at the times of the settings: install, uninstall, status, print')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });

  verb(schedule, 'install', 'have launchd, systemd or cron do what the settings say; twice changes nothing')
    .option('--with <scheduler>', 'launchd, systemd, systemd-system or cron (default: what fits this machine)')
    .option('-n, --dry-run', 'print what would be installed, and do nothing')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/schedule/schedule.ts')).scheduleInstall(flags, room));
    });

  verb(schedule, 'uninstall', 'remove what was installed; sets and logs stay').action(async (flags) => {
    await run(flags, async (room) => (await import('../commands/schedule/schedule.ts')).scheduleUninstall(room));
  });

  verb(
    schedule,
    'status',
    'tell what is installed, when it runs next, how the last run ended, and what differs',
  ).action(async (flags) => {
    await run(flags, async (room) => (await import('../commands/schedule/schedule.ts')).scheduleStatus(room));
  });

  verb(schedule, 'print', 'print the schedules for other machines')
    .option('--github', 'as a workflow of GitHub Actions')
    .option('--kubernetes', 'as CronJobs of Kubernetes')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/schedule/schedule.ts')).schedulePrint(flags, room));
    });

  verb(schedule, 'run', 'do the work of a schedule if it is due: what every scheduler calls')
    .argument('<name>', 'the name of the schedule; "backup" when it comes from .env')
    .option('--delay <seconds>', 'the most seconds to wait before it begins')
    .option('--force', 'do it even when it is not due')
    .action(async (name: string, flags) => {
      await run(flags, async (room) =>
        (await import('../commands/schedule/run.ts')).scheduleRun({ name, ...flags }, room),
      );
    });

  verb(program, 'daemon', 'do what the schedules say until ended: for containers, and machines without a scheduler')
    .option('--metrics <address>', 'serve /metrics and /healthz there: ":9464", "127.0.0.1:9464"')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/schedule/daemon.ts')).daemon(flags, room));
    });
}
