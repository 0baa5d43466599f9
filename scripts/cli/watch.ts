import { type Command, Option } from 'commander';
import { run } from './run.ts';
import { verb } from './verb.ts';

/** The verbs that tell how things stand. */
export function addWatchVerbs(program: Command): void {
  verb(
    program,
    'status',
    'tell how old the newest good set is against its RPO, when a restore last proved one, and what comes next',
  )
    .option('--check', 'for monitors: one line, and exit code 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN')
    .option('--html <file>', 'write a page for people')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/status/status.ts')).status(flags, room));
    });

  verb(
    program,
    'doctor',
    "look for everything that would make tonight's backup or a restore fail, and tell what mends it",
  )
    .option('--fix', 'mend what can be mended without harm')
    .addOption(new Option('--inside', 'set by the doctor where a scheduler starts it').hideHelp())
    .addHelpText('after', '  (doctor: 0 all is well   1 warnings   2 problems)')
    .action(async (flags) => {
      await run(flags, async (room) => (await import('../commands/doctor/doctor.ts')).doctor(flags, room));
    });

  verb(program, 'rebuild', 'make anew what is not backed up, such as search indexes, from the data that is live now')
    .argument('[names...]', 'names of "rebuild" in holdfast.yaml (default: all of them)')
    .option('-n, --dry-run', 'show what would be done')
    .action(async (names: readonly string[], flags) => {
      await run(flags, async (room) => (await import('../commands/rebuild/rebuild.ts')).rebuild(names, flags, room));
    });

  verb(program, 'notify', 'send a test message to everyone who is to be told of failures').action(async (flags) => {
    await run(flags, async (room) => (await import('../commands/notify/notify.ts')).notify(room));
  });

  verb(program, 'logs', 'list the runs, or show what happened in one of them')
    .argument('[run]', 'last, or the unambiguous beginning of a name in the list')
    .option('--number <count>', 'how many runs are listed (default: 20)')
    .action(async (name: string | undefined, flags) => {
      await run(flags, async (room) =>
        (await import('../commands/status/logs.ts')).logs({ run: name, ...flags }, room),
      );
    });
}
