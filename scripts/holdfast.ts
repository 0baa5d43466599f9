/** The command line: verbs and flags (in `cli/`), each handed to one function in `commands/`, imported when it runs. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { addDrillVerb } from './cli/drill.ts';
import { addKeysVerbs } from './cli/keys.ts';
import { canShowMenu, showMenu } from './cli/menu.ts';
import { addScheduleVerbs } from './cli/schedule.ts';
import { addSetVerbs } from './cli/sets.ts';
import { showUsage } from './cli/usage.ts';
import { EXIT_STATUS, version } from './cli/verb.ts';
import { addWatchVerbs } from './cli/watch.ts';
import { EXIT } from './ui/words.ts';

const program = new Command('holdfast')
  .description('Backs up and restores what a self-hosted product keeps, and proves it.')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .addHelpText(
    'after',
    `${EXIT_STATUS}\n\nWithout a command, on a terminal: a menu; see docs/menu.md\nSettings: .env or holdfast.yaml in this folder; see docs/environment-variables.md`,
  )
  .exitOverride()
  .configureOutput({ writeErr: () => {} });

addSetVerbs(program);
addDrillVerb(program);
addWatchVerbs(program);
addKeysVerbs(program);
addScheduleVerbs(program);

if (process.argv.length <= 2 && canShowMenu()) {
  await showMenu();
} else if (process.argv.length <= 2) {
  program.outputHelp();
  process.exitCode = EXIT.usage;
} else {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    showUsage(program, error);
  }
}
