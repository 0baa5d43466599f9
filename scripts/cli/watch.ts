import { type Command, Option } from 'commander';
import { run } from './run.ts';
import { verb } from './verb.ts';

/** The verbs that tell how things stand. */
export function addWatchVerbs(program: Command): void {
  verb(
    program,
    'status',
    'tell how old the newest good set is against its RPO, how the last runs ended, and what comes next',
  ).action(async (flags) => {
    await run(flags, async (room) => (await import('../commands/status.ts')).status(room));
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
      await run(flags, async (room) => (await import('../commands/doctor.ts')).doctor(flags, room));
    });

  verb(program, 'notify', 'send a test message to everyone who is to be told of failures').action(async (flags) => {
    await run(flags, async (room) => (await import('../commands/notify.ts')).notify(room));
  });

  verb(program, 'logs', 'list the runs, or show what happened in one of them')
    .argument('[run]', 'last, or the unambiguous beginning of a name in the list')
    .option('--number <count>', 'how many runs are listed (default: 20)')
    .action(async (name: string | undefined, flags) => {
      await run(flags, async (room) => (await import('../commands/logs.ts')).logs({ run: name, ...flags }, room));
    });
}
