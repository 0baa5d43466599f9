import { isServersOwn, type ListedCollection } from '../generations/contents.ts';
import { prefixOf } from '../generations/names.ts';

/** What decides whether collections can be restored beside those that are live, and take their place. */
export interface Grounds {
  readonly target: string;
  readonly stamp: string;
  /** For people. */
  readonly label: string;
  readonly isSharded: boolean;
  /** FerretDB renames no collection with a dot in its name, and takes shorter ones. */
  readonly isFerret: boolean;
  /** Of the server, or the version whose features it keeps to: "7.0". */
  readonly version: string;
  /** Undefined where the server does not tell. */
  readonly mayRename: boolean | undefined;
  /** What would go aside. */
  readonly live: readonly ListedCollection[];
  /** What would come. */
  readonly names: readonly string[];
  readonly timeSeries: readonly string[];
  /** Views of the set of which the definition is not known. */
  readonly unknownViews: readonly string[];
  /** Bytes that are needed, and those that are free where the data lie. */
  readonly needed: number | undefined;
  readonly free: number | undefined;
}

/** Why a swap cannot be had, for people; undefined: it can. */
export function whyNoSwap(grounds: Grounds): string | undefined {
  return whyNotThere(grounds) ?? whyNotThese(grounds) ?? whyNoRoom(grounds);
}

function whyNotThere({ label, isSharded, mayRename, target }: Grounds): string | undefined {
  if (isSharded) return `${label} is a mongos, and collections of a sharded cluster are not renamed`;
  if (mayRename === false) return `the login lacks the right "renameCollectionSameDB" on database "${target}"`;
  return undefined;
}

function whyNotThese({ live, names, timeSeries, unknownViews, isFerret, ...rest }: Grounds): string | undefined {
  const series = timeSeries[0] ?? live.find(({ type }) => type === 'timeseries')?.name;
  if (series !== undefined) return `"${series}" is a time series, which no server renames`;
  const encrypted = live.find(({ options }) => options?.encryptedFields !== undefined);
  if (encrypted !== undefined)
    return `"${encrypted.name}" has encrypted fields, and such a collection cannot be renamed`;
  const fixed = names.find(isServersOwn) ?? live.find(({ name }) => name === 'system.js')?.name;
  if (fixed !== undefined) return `"${fixed}" belongs to the server, which does not let it be renamed`;
  if (unknownViews[0] !== undefined) return `the set does not tell how view "${unknownViews[0]}" is made`;
  const all = [...live.map(({ name }) => name).filter((name) => !isServersOwn(name)), ...names];
  const dotted = isFerret ? all.find((name) => name.includes('.')) : undefined;
  if (dotted !== undefined) return `"${dotted}" has a dot in its name, and FerretDB does not rename such a collection`;
  return whyTooLong(all, { isFerret, ...rest });
}

/** https://www.mongodb.com/docs/manual/reference/limits/: 255 bytes since 4.4, 120 before. FerretDB: 235. */
function whyTooLong(names: readonly string[], grounds: Pick<Grounds, 'isFerret' | 'version' | 'target' | 'stamp'>) {
  const { isFerret, version, target, stamp } = grounds;
  const limit = isFerret ? 235 : isBefore44(version) ? 120 : 255;
  const longest = (name: string): string => `${target}.${prefixOf({ part: 'before', stamp })}${name}`;
  const tooLong = names.find((name) => Buffer.byteLength(longest(name)) > limit);
  if (tooLong === undefined) return undefined;
  return `the name "${tooLong}" is too long to be kept beside another: with its database ${limit} bytes are the limit`;
}

function isBefore44(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < 4 || (major === 4 && minor < 4);
}

function whyNoRoom({ needed, free }: Grounds): string | undefined {
  if (needed === undefined || free === undefined || free >= needed) return undefined;
  return `there is not enough room beside the live data: ${needed} bytes are needed, ${free} are free`;
}
