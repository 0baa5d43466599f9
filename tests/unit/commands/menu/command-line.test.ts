import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Command } from 'commander';
import fc from 'fast-check';
import { addDrillVerb } from '../../../../scripts/cli/drill.ts';
import { addSetVerbs } from '../../../../scripts/cli/sets.ts';
import { type CommandLine, wordCommandLine } from '../../../../scripts/commands/menu/command-line.ts';

/** What the real command line makes of a line, after a real sh has taken it apart; its verbs do nothing here. */
function parsed(line: string): CommandLine {
  const { stdout } = spawnSync('sh', ['-c', `holdfast() { printf '%s\\0' "$@"; }; ${line}`], { encoding: 'utf8' });
  const program = new Command('holdfast').exitOverride();
  addSetVerbs(program);
  addDrillVerb(program);
  let found: CommandLine | undefined;
  for (const command of program.commands) {
    command.action((..._given) => {
      found = { verb: command.name(), words: command.args, flags: command.opts() };
    });
  }
  program.parse(stdout.split('\0').slice(0, -1), { from: 'user' });
  assert.ok(found, line);
  return found;
}

/** Anything that a name can hold: blanks, quotes, line ends, dashes in front, signs of the shell. */
const word = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('-n', '--yes', "it's", '$(id)', 'a b', '\n', '`', '*', ''))
  .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
const yes = fc.constant(true);

const flags = {
  backup: fc.record({ components: word, label: word, to: word, dryRun: yes, yes }, { requiredKeys: [] }),
  restore: fc.record(
    {
      ...{ components: word, only: word, from: word, into: word, tables: word, schema: word, collections: word },
      to: fc.array(word, { minLength: 1, maxLength: 3 }),
      ...{ swap: yes, inPlace: yes, exact: yes, production: yes, foreign: yes, yes, dryRun: yes, allowUnsigned: yes },
      ...{ safetyBackup: fc.constant(false), services: fc.constant(false) },
    },
    { requiredKeys: [] },
  ),
  undo: fc.record({ services: fc.constant(false), production: yes, yes }, { requiredKeys: [] }),
  drill: fc.record(
    { from: word, only: word, keep: yes, image: fc.array(word, { minLength: 1 }) },
    { requiredKeys: [] },
  ),
};

/** What commander fills in where a flag that begins with --no- is not given. */
const DEFAULTS: Readonly<Record<string, CommandLine['flags']>> = {
  restore: { safetyBackup: true, services: true },
  undo: { services: true },
};

for (const verb of ['backup', 'restore', 'undo', 'drill'] as const) {
  test(`the command line that the menu prints for ${verb} gives the very options back, whatever they hold`, () => {
    const words = fc.array(word, { maxLength: verb === 'backup' ? 3 : 1 });
    fc.assert(
      fc.property(words, flags[verb], (given, chosen) => {
        const found = parsed(wordCommandLine({ verb, words: given, flags: chosen }));
        assert.deepEqual(
          { ...found, flags: { ...found.flags } },
          { verb, words: given, flags: { ...DEFAULTS[verb], ...chosen } },
        );
      }),
      { numRuns: 100 },
    );
  });
}

test('what is usual needs no quotes', () => {
  const flags = { components: 'mongo,postgres/app', to: ['app=app_copy'], services: false, from: undefined, yes: true };
  assert.equal(
    wordCommandLine({ verb: 'restore', words: ['2026-05-07T15-20'], flags }),
    'holdfast restore 2026-05-07T15-20 --components mongo,postgres/app --to app=app_copy --no-services --yes',
  );
});
