import process from 'node:process';
import type { Command, CommanderError } from 'commander';
import { Failure } from '../common/failure.ts';
import { openScreen } from '../ui/screen.ts';
import { EXIT } from '../ui/words.ts';
import { show } from './run.ts';

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
export function showUsage(program: Command, error: CommanderError): void {
  if (error.exitCode === 0) return;
  if (error.code === 'commander.help') {
    // A verb that has verbs of its own, and was given none.
    program.commands.find((command) => command.name() === process.argv[2])?.outputHelp();
    process.exitCode = EXIT.usage;
    return;
  }
  const message = USAGE_WORDS.reduce((words, [theirs, ours]) => words.replace(theirs, ours), error.message);
  const verbs = process.argv[2] && program.commands.some((command) => command.name() === process.argv[2]);
  const hint = verbs ? `holdfast ${process.argv[2]} --help` : 'holdfast --help';
  show(new Failure('usage', { message, hint }), openScreen({ json: process.argv.includes('--json') }));
}
