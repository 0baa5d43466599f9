import type { Rule } from '../common/rules.ts';
import type { EnvFile } from './env-file.ts';
import type { Environment } from './environment.ts';
import { SETTINGS, type SettingName, type SettingValue } from './names.ts';
import type { Place, Problems } from './problems.ts';

/** Values that the command line gives, under the same names as in the environment: { BACKUP_PARALLEL: "4" }. */
export type Flags = Readonly<Record<string, string | undefined>>;

/** A value and where it stands, for errors. */
export interface Found<T> {
  readonly value: T;
  readonly place: Place;
}

/** The settings that have names of their own: command line before environment before .env. */
export interface Values {
  /** Undefined when it is not set, empty, or wrong (then it is among the problems). */
  get<Name extends SettingName>(name: Name): Found<SettingValue<Name>> | undefined;
  /** The same of a name that a member of a room has. */
  by<Value>(name: { readonly variable: string; readonly rule: Rule<Value> }): Found<Value> | undefined;
  /** The text of any name as it was written, and where. Undefined when it is not set or empty. */
  find(name: string): Found<string> | undefined;
  /** The text of any name, also one that is not a setting: for `${NAME}` in holdfast.yaml. Empty counts as missing. */
  textOf(name: string): string | undefined;
}

/** Joins the three sources. A name that is set but empty hides the same name in the sources after it. */
export function joinValues(
  sources: { flags: Flags; environment: Environment; file: EnvFile | undefined },
  problems: Problems,
): Values {
  const { flags, environment, file } = sources;
  const find = (name: string): Found<string> | undefined => {
    const flag = flags[name];
    if (flag !== undefined) return { value: flag, place: { file: 'command line' } };
    const value = environment[name];
    if (value !== undefined) return { value, place: { file: 'environment' } };
    const written = file !== undefined && Object.hasOwn(file.values, name) ? file.values[name] : undefined;
    if (written === undefined || file === undefined) return undefined;
    return { value: written, place: lazyPlace(() => file.placeOfValue(name)) };
  };
  return {
    get: <Name extends SettingName>(name: Name) => {
      const rule = SETTINGS[name].rule as Rule<SettingValue<Name>>;
      return read(name, rule, find(name), problems);
    },
    by: ({ variable, rule }) => read(variable, rule, find(variable), problems),
    find: (name) => {
      const found = find(name);
      return found?.value ? found : undefined;
    },
    textOf: (name) => find(name)?.value || undefined,
  };
}

function read<Value>(
  name: string,
  rule: Rule<Value>,
  found: Found<string> | undefined,
  problems: Problems,
): Found<Value> | undefined {
  if (found === undefined || found.value === '') return undefined;
  const value = rule.read(found.value);
  if (value !== undefined) return { value, place: found.place };
  problems.add(found.place, `${name} is ${rule.secret ? HIDDEN : quote(found.value)}, expected ${rule.wanted}`);
  return undefined;
}

/** What errors say in the place of a value that is or may be secret. */
export const HIDDEN = 'a text that is not shown here';

/** A text as errors show it: on one line, in double quotes, not longer than a line. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

/** Looking up a place reads the file several times; only values that are wrong need it. */
function lazyPlace(find: () => Place): Place {
  let place: Place | undefined;
  const known = (): Place => {
    place ??= find();
    return place;
  };
  return {
    get file() {
      return known().file;
    },
    get line() {
      return known().line ?? 1;
    },
    get column() {
      return known().column ?? 1;
    },
  };
}
