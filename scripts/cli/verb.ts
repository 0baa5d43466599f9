import { readFileSync } from 'node:fs';
import type { Command } from 'commander';

/** Of this Holdfast. */
export const version = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  .version as string;

/** What every help page ends with. */
export const EXIT_STATUS = `
Exit status:
  0 done   1 failed   2 wrong usage or settings   3 some sources failed, the set says which
  4 another run holds the lock   5 a set did not pass, or restored data differs   128+n ended by signal n`;

/** Begins a verb of a program, or of a verb that has verbs of its own: what all of them have in common. */
export function verb(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print the result as JSON on standard output')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', EXIT_STATUS)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** For options that may be given more than once. */
export function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}
