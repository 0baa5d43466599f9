/**
 * The rules of single values. Both .env and holdfast.yaml are checked by these, so that a value is right or wrong in
 * both alike; the schema of holdfast.yaml adds the structure. Everything arrives as text: the YAML is read without
 * types, so that a password 007 stays "007" and `no` means what it says.
 */
export interface Rule<T> {
  /** Ends the sentence "found X, expected ...". */
  readonly wanted: string;
  /** A secret is never quoted in an error. */
  readonly secret: boolean;
  /** The JSON Schema of the value in holdfast.yaml. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The value, or undefined when it is not what is wanted. A list arrives as text with commas or as an array. */
  readonly read: (value: unknown) => T | undefined;
}

/** What a rule gives. */
export type RuleValue<R> = R extends Rule<infer T> ? T : never;

const REFERENCE = { type: 'string', pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$' };

/** A whole number within limits, both included. */
export function wholeNumber(least: number, most: number): Rule<number> {
  return {
    wanted: `a whole number from ${least} to ${most}`,
    secret: false,
    json: { anyOf: [{ type: 'integer', minimum: least, maximum: most }, REFERENCE] },
    read: (value) => {
      if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return undefined;
      const number = Number(value);
      return number >= least && number <= most ? number : undefined;
    },
  };
}

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Rule<Word> {
  return {
    wanted: `one of ${words.map((word) => `"${word}"`).join(', ')}`,
    secret: false,
    json: { anyOf: [{ enum: words }, REFERENCE] },
    read: (value) => words.find((word) => word === value),
  };
}

const YES = ['yes', 'true', 'on', '1'];
const NO = ['no', 'false', 'off', '0'];

/** Yes or no, in the spellings that people use. */
export const yesOrNo: Rule<boolean> = {
  wanted: '"yes" or "no"',
  secret: false,
  json: { anyOf: [{ type: 'boolean' }, { enum: ['yes', 'no', 'on', 'off'] }, REFERENCE] },
  read: (value) => {
    const word = typeof value === 'string' ? value.toLowerCase() : '';
    if (YES.includes(word)) return true;
    return NO.includes(word) ? false : undefined;
  },
};

/** A text on one line that is not empty. `what` names it for people, such as "a folder". */
export function text(what: string): Rule<string> {
  return { wanted: what, secret: false, json: { type: 'string', minLength: 1 }, read: readLine };
}

/** A text that must not be shown. */
export function secretText(what: string): Rule<string> {
  return { wanted: what, secret: true, json: { type: 'string', minLength: 1 }, read: readSecret };
}

/** A text of certain letters that is not shown when it is wrong: a whole URL with its password may stand in its place. */
export function shaped(what: string, pattern: RegExp): Rule<string> {
  return {
    wanted: what,
    secret: true,
    json: { type: 'string', minLength: 1 },
    read: (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined),
  };
}

/** A name that can stand in paths of a set and on a command line. */
export function plainName(what: string): Rule<string> {
  const pattern = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$';
  return {
    wanted: `${what} of letters, digits, "_", "." and "-"`,
    secret: false,
    json: { anyOf: [{ type: 'string', pattern }, REFERENCE] },
    read: (value) => (typeof value === 'string' && new RegExp(pattern).test(value) ? value : undefined),
  };
}

/** Names with commas between them; in holdfast.yaml also a list. Each counts once, the order stays. */
export function names(what: string): Rule<readonly string[]> {
  return {
    wanted: what,
    secret: false,
    json: {
      anyOf: [
        { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
        { type: 'string', minLength: 1 },
      ],
    },
    read: (value) => {
      const list = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
      if (!Array.isArray(list) || list.length === 0) return undefined;
      return list.every((name) => readLine(name) !== undefined) ? [...new Set<string>(list)] : undefined;
    },
  };
}

function readSecret(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readLine(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  // A control character in a name is never meant, and would change what a terminal or a log shows.
  return /\p{Cc}/u.test(value) ? undefined : value;
}
