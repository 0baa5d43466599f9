import { shellWord } from '../../common/shell-word.ts';

/** Values of flags as commander reads them: `noSafetyBackup` is `safetyBackup: false`. */
export type FlagValue = string | boolean | readonly string[] | undefined;

/** A verb with everything that a person could have typed. */
export interface CommandLine {
  readonly verb: string;
  /** What stands without a flag: sources, or a set. */
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, FlagValue>>;
}

/**
 * The words of a command line that gives a verb these very options: what is undefined is left out, false is `--no-...`,
 * a list is its flag again and again.
 */
export function wordsOf({ verb, words, flags }: CommandLine): string[] {
  // Everything behind "--" is taken as it is, also what begins like a flag.
  const last = words.some((word) => word.startsWith('-')) ? ['--', ...words] : [];
  const first = last.length > 0 ? [] : words;
  return [verb, ...first, ...Object.entries(flags).flatMap(([name, value]) => flagWords(name, value)), ...last];
}

function flagWords(name: string, value: FlagValue): string[] {
  const word = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (value === undefined) return [];
  if (value === true) return [`--${word}`];
  if (value === false) return [`--no-${word}`];
  return (typeof value === 'string' ? [value] : value).flatMap((one) => [`--${word}`, one]);
}

/** The same as a line for sh. */
export function wordCommandLine(line: CommandLine): string {
  return ['holdfast', ...wordsOf(line)].map(shellWord).join(' ');
}
