/** The command line: verbs and flags, each handed to one function in `commands/`, which is imported only when it runs. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Command, CommanderError, Option } from 'commander';
import { Failure, toFailure } from './common/failure.ts';
import { openScreen, type Screen } from './ui/screen.ts';
import { EXIT, exitCodeOf, explain, wordFailure } from './ui/words.ts';

/** What every verb gets besides its own flags. */
interface Common {
  json?: boolean;
}

const EXIT_STATUS = `
Exit status:
  0 done   1 failed   2 wrong usage or settings   3 some sources failed, the set says which
  4 another run holds the lock   5 a set did not pass, or restored data differs   128+n ended by signal n`;

const version = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version as string;

const program = new Command('holdfast')
  .description('Backs up and restores what a self-hosted product keeps, and proves it.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .addHelpText(
    'after',
    `${EXIT_STATUS}\n\nSettings: .env or holdfast.yaml in this folder; see docs/environment-variables.md`,
  )
  .exitOverride()
  .configureOutput({ writeErr: () => {} });

verb('backup', 'dump everything that is configured or found, check it, and keep it as one set')
  .argument('[sources...]', 'kinds or sources: mongo, postgres, postgres/app (default: all)')
  .option('--components <csv>', 'the same as sources, as one word with commas')
  .option('--label <word>', 'a word to find the set by, such as pre-migration; pins it')
  .option('--to <csv>', 'only these storages (default: all)')
  .option('-n, --dry-run', 'print what would be done, and do nothing')
  .option('-y, --yes', 'answer every question with yes (backup asks none)')
  .action(async (sources: string[], flags) => {
    await run(flags, async (room) =>
      (await import('./commands/backup.ts')).backup({ sources, ...flags, version }, room),
    );
  });

verb('restore', 'check a set, show the plan, confirm, restore, compare')
  .argument('[set]', 'latest, a name from the list, or its unambiguous beginning', 'latest')
  .option('--components <csv>', 'only these kinds or sources: mongo, postgres/app')
  .option('--only <csv>', 'the same as --components')
  .option('--from <storage>', 'the storage to take it from (default: the first that has it)')
  .option('--to <name=other>', 'restore a database under another name (repeat for more)', collect)
  .option('-n, --dry-run', 'check everything and print the plan, and change nothing')
  .option('-y, --yes', 'do not ask before the databases are replaced')
  .action(async (set: string, flags) => {
    await run(flags, async (room) => (await import('./commands/restore.ts')).restore({ set, ...flags }, room));
  });

verb('list', 'show the sets with size, age and proof, and whatever else lies where they are')
  .option('--from <storage>', 'only this storage (default: all)')
  .action(async (flags) => {
    await run(flags, async (room) => (await import('./commands/list.ts')).list(flags, room));
  });

verb('verify', 'compare every byte of a set with its checksums; with --deep read every dump to its end')
  .argument('[sets...]', 'names of sets, or their unambiguous beginnings (default: latest)')
  .option('--deep', 'read every dump to its end')
  .option('--all', 'verify every set')
  .option('--from <storage>', 'the storage to read from (default: the first)')
  .action(async (sets: string[], flags) => {
    await run(flags, async (room) => (await import('./commands/verify.ts')).verify({ sets, ...flags, version }, room));
  });

verb('prune', 'remove the sets that are past their retention')
  .option('-n, --dry-run', 'print the reason for every set, and remove nothing')
  .option('--from <storage>', 'the storage to prune (default: the first)')
  .option('-y, --yes', 'remove even when more than half of the sets would go at once')
  .action(async (flags) => {
    await run(flags, async (room) => (await import('./commands/prune.ts')).prune(flags, room));
  });

verb('copy', 'bring sets to the storages that lack them')
  .argument(
    '[sets...]',
    'names of sets, or their unambiguous beginnings (default: all that are missing and not past retention)',
  )
  .option('--from <storage>', 'the storage to take them from (default: the one that backups are written to first)')
  .option('--to <storage>', 'the storage to bring them to (default: all others)')
  .action(async (sets: string[], flags) => {
    await run(flags, async (room) => (await import('./commands/copy.ts')).copy({ sets, ...flags }, room));
  });

verb('pin', 'keep a set from retention until it is unpinned; one made with a label is pinned already')
  .argument('<set>', 'latest, a name from the list, or its unambiguous beginning')
  .option('--why <text>', 'the reason, shown by list and prune')
  .action(async (set: string, flags) => {
    await run(flags, async (room) => (await import('./commands/pin.ts')).pin({ set, ...flags, version }, room));
  });

verb('unpin', 'let retention decide about a set again')
  .argument('<set>', 'latest, a name from the list, or its unambiguous beginning')
  .action(async (set: string, flags) => {
    await run(flags, async (room) => (await import('./commands/pin.ts')).unpin({ set, ...flags, version }, room));
  });

verb(
  'status',
  'tell how old the newest good set is against its RPO, how the last runs ended, and what comes next',
).action(async (flags) => {
  await run(flags, async (room) => (await import('./commands/status.ts')).status(room));
});

verb('doctor', "look for everything that would make tonight's backup or a restore fail, and tell what mends it")
  .option('--fix', 'mend what can be mended without harm')
  .addOption(new Option('--inside', 'set by the doctor where a scheduler starts it').hideHelp())
  .addHelpText('after', '  (doctor: 0 all is well   1 warnings   2 problems)')
  .action(async (flags) => {
    await run(flags, async (room) => (await import('./commands/doctor.ts')).doctor(flags, room));
  });

verb('notify', 'send a test message to everyone who is to be told of failures').action(async (flags) => {
  await run(flags, async (room) => (await import('./commands/notify.ts')).notify(room));
});

verb('logs', 'list the runs, or show what happened in one of them')
  .argument('[run]', 'last, or the unambiguous beginning of a name in the list')
  .option('--number <count>', 'how many runs are listed (default: 20)')
  .action(async (name: string | undefined, flags) => {
    await run(flags, async (room) => (await import('./commands/logs.ts')).logs({ run: name, ...flags }, room));
  });

const schedule = program
  .command('schedule')
  .description('run backups at the times of the settings: install, uninstall, status, print')
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({ writeErr: () => {} });

verb('install', 'have launchd, systemd or cron do what the settings say; twice changes nothing', schedule)
  .option('--with <scheduler>', 'launchd, systemd, systemd-system or cron (default: what fits this machine)')
  .option('-n, --dry-run', 'print what would be installed, and do nothing')
  .action(async (flags) => {
    await run(flags, async (room) => (await import('./commands/schedule.ts')).scheduleInstall(flags, room));
  });

verb('uninstall', 'remove what was installed; sets and logs stay', schedule).action(async (flags) => {
  await run(flags, async (room) => (await import('./commands/schedule.ts')).scheduleUninstall(room));
});

verb('status', 'tell what is installed, when it runs next, how the last run ended, and what differs', schedule).action(
  async (flags) => {
    await run(flags, async (room) => (await import('./commands/schedule.ts')).scheduleStatus(room));
  },
);

verb('print', 'print the schedules for other machines', schedule)
  .option('--github', 'as a workflow of GitHub Actions')
  .option('--kubernetes', 'as CronJobs of Kubernetes')
  .action(async (flags) => {
    await run(flags, async (room) => (await import('./commands/schedule.ts')).schedulePrint(flags, room));
  });

verb('run', 'do the work of a schedule if it is due: what every scheduler calls', schedule)
  .argument('<name>', 'the name of the schedule; "backup" when it comes from .env')
  .option('--delay <seconds>', 'the most seconds to wait before it begins')
  .option('--force', 'do it even when it is not due')
  .action(async (name: string, flags) => {
    await run(flags, async (room) =>
      (await import('./commands/schedule-run.ts')).scheduleRun({ name, ...flags, version }, room),
    );
  });

verb('daemon', 'do what the schedules say until ended: for containers, and machines without a scheduler')
  .option('--metrics <address>', 'serve /metrics and /healthz there: ":9464", "127.0.0.1:9464"')
  .action(async (flags) => {
    await run(flags, async (room) => (await import('./commands/daemon.ts')).daemon({ ...flags, version }, room));
  });

function verb(name: string, description: string, parent: Command = program): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print the result as JSON on standard output')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', EXIT_STATUS)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}

/** Runs one verb under the abort signal, shows its failure, and sets the exit code. */
async function run(
  flags: Common,
  work: (room: { screen: Screen; signal: AbortSignal; version: string }) => Promise<number>,
): Promise<void> {
  const screen = openScreen({ json: flags.json ?? false });
  const stop = new AbortController();
  listenForSignals(stop, screen);
  try {
    process.exitCode = await work({ screen, signal: stop.signal, version });
  } catch (error) {
    const failure =
      stop.signal.aborted && stop.signal.reason instanceof Failure ? stop.signal.reason : toFailure(error);
    show(failure, screen);
  }
}

/** The first signal lets the run end in order; the second ends it at once. */
function listenForSignals(stop: AbortController, screen: Screen): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const failure = new Failure('interrupted', { message: `ended by ${name}` });
      if (stop.signal.aborted) process.exit(exitCodeOf(failure));
      screen.remark(`ending after ${name}: cleaning up (once more to end at once)`);
      stop.abort(failure);
    });
  }
}

function show(failure: Failure, screen: Screen): void {
  screen.settle();
  screen.printJson({ error: explain(failure) });
  if (!screen.json) screen.remark(wordFailure(failure));
  process.exitCode = exitCodeOf(failure);
}

/** commander's own words for what is wrong, and ours. */
const USAGE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^error: /, ''],
  [/'/g, '"'],
  [/\s*\(Did you mean (?:one of )?([^?)]*)\?\)/, '; did you mean "$1"?'],
  [
    /^too many arguments for ("\w+")\. Expected (\d+) arguments? but got (\d+): (.*)\.$/,
    '$1 found $3 arguments ($4), expected $2 at most',
  ],
  [/^option "(\S+) (\S+)" argument missing/, 'found no $2 after "$1"'],
];

/** commander's own errors become ours: one wording, exit code 2. */
function showUsage(error: CommanderError): void {
  if (error.exitCode === 0) return;
  if (error.code === 'commander.help') {
    schedule.outputHelp();
    process.exitCode = EXIT.usage;
    return;
  }
  const message = USAGE_WORDS.reduce((words, [theirs, ours]) => words.replace(theirs, ours), error.message);
  const verbs = process.argv[2] && program.commands.some((command) => command.name() === process.argv[2]);
  const hint = verbs ? `holdfast ${process.argv[2]} --help` : 'holdfast --help';
  show(new Failure('usage', { message, hint }), openScreen({ json: process.argv.includes('--json') }));
}

if (process.argv.length <= 2) {
  program.outputHelp();
  process.exitCode = EXIT.usage;
} else {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    showUsage(error);
  }
}
