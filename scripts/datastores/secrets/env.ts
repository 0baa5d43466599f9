/** What an env file sets, by name; the values as they are written. */
export type EnvContent = ReadonlyMap<string, string>;

/** Blank, or a comment. */
const NOTHING = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/** A line NAME=value; a value in quotes may go over several lines. */
const SETTING =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*("(?:[^"\\]|\\[\s\S])*"[^\r\n]*|'[^']*'[^\r\n]*|[^\r\n]*)(?:\r?\n|$)/y;

/**
 * Reads a text as an env file. Undefined when a single line of it is neither a setting nor a comment: of such a text no
 * word may be taken for a name, as it may be part of a key.
 */
export function readEnv(text: string): EnvContent | undefined {
  const content = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    SETTING.lastIndex = at;
    NOTHING.lastIndex = at;
    const setting = SETTING.exec(text);
    if (setting !== null) content.set(setting[1] as string, (setting[2] as string).trim());
    else if (!NOTHING.test(text)) return undefined;
    at = setting === null ? NOTHING.lastIndex : SETTING.lastIndex;
  }
  return content.size > 0 ? content : undefined;
}

/** True for a file that is left alone without --force-config: by its name, or because it holds nothing but settings. */
export function isEnvFile(path: string, content: EnvContent | undefined): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return content !== undefined || /^\.env(?:\..+)?$|\.env$/.test(name);
}

/** The spellings in use. Base64 with its "=" at the end looks like a name as well, and has letters of both sizes. */
const SHOWN = /^(?:[A-Z][A-Z0-9_]{0,63}|[a-z][a-z0-9_.]{0,63})$/;

/**
 * How two env files differ, for people: "DB_PASSWORD: differs". By names alone, never a value; names that may be part of
 * a value are only counted.
 */
export function wordEnvDiff(here: EnvContent | undefined, set: EnvContent | undefined): string {
  if (here === undefined || set === undefined) return 'its content differs';
  const names = [...new Set([...set.keys(), ...here.keys()])];
  const differing = names.filter((name) => here.get(name) !== set.get(name));
  if (differing.length === 0) return 'the same values; mode, owner, comments or order differ';
  const shown = differing.filter((name) => SHOWN.test(name));
  const masked = differing.length - shown.length;
  const lines = shown.map((name) => {
    if (!here.has(name)) return `${name}: only in the set`;
    return set.has(name) ? `${name}: differs` : `${name}: only here`;
  });
  return [...lines, ...(masked > 0 ? [`${masked} of other names`] : [])].join(', ');
}
