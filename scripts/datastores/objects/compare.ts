import { isDeepStrictEqual } from 'node:util';
import type { Bucket } from '../../storage/s3/bucket.ts';
import type { StoredSource } from '../datastore.ts';
import type { Difference } from '../restore.ts';
import { AHEAD, openUnlessGone, sumOf } from './fetch.ts';
import { inOrder } from './in-order.ts';
import type { IndexedObject } from './index-line.ts';
import { readableKey } from './keys.ts';
import type { ObjectFacts } from './object.ts';
import { indexOf } from './scan.ts';
import { Tally } from './tally.ts';

/** What a bucket, or a folder, holds of a source. */
export interface Comparison {
  readonly tally: Tally;
  /** By key; the first ones, where everything differs. */
  readonly differences: readonly Difference[];
}

/** What was found in the place of an object; the facts where a server keeps any. */
export interface FoundObject {
  readonly size: number;
  readonly sha256: string;
  readonly facts?: ObjectFacts;
}

/** So many objects that differ are told by key. */
const MOST_DIFFERENCES = 100;

/** Reads every object of a source back from a bucket, many at once, and compares content, headers, metadata and tags. */
export function compareBucket(source: StoredSource, bucket: Bucket, signal: AbortSignal): Promise<Comparison> {
  return compareWith(source, (object, ending) => readBack(bucket, object.key, ending), signal);
}

async function readBack(bucket: Bucket, key: string, signal: AbortSignal): Promise<FoundObject | undefined> {
  const opened = await openUnlessGone(bucket, key, signal);
  return opened && { ...(await sumOf(opened.stream)), facts: opened.facts };
}

/** Compares every object of a source with what `find` finds of it. Throws what it throws. */
export async function compareWith(
  source: StoredSource,
  find: (object: IndexedObject, signal: AbortSignal) => Promise<FoundObject | undefined>,
  signal: AbortSignal,
): Promise<Comparison> {
  const tally = new Tally();
  const differences: Difference[] = [];
  const look = async (object: IndexedObject, ending: AbortSignal) => ({ object, found: await find(object, ending) });
  for await (const { object, found } of inOrder(indexOf(source), { ...AHEAD, weigh: () => 0 }, look, signal)) {
    if (found !== undefined) tally.add({ key: object.key, size: found.size, sha256: found.sha256 });
    const difference = differenceOf(object, found);
    if (difference !== undefined && differences.length < MOST_DIFFERENCES) differences.push(difference);
  }
  return { tally, differences };
}

function differenceOf(object: IndexedObject, found: FoundObject | undefined): Difference | undefined {
  const name = readableKey(object.key);
  if (found === undefined) return { name, expected: `${object.size} bytes`, found: 'no such object' };
  const { size, sha256, facts } = found;
  if (size !== object.size) return { name, expected: `${object.size} bytes`, found: `${size} bytes` };
  if (sha256 !== object.sha256) return { name, expected: `the sha256 ${object.sha256}`, found: sha256 };
  if (facts === undefined) return undefined;
  const expected = { ...headersOf(object), metadata: object.metadata, tags: object.tags };
  const kept = Object.keys(object.headers);
  const there = { ...headersOf(facts, kept), metadata: facts.metadata, tags: facts.tags };
  if (isDeepStrictEqual({ ...expected }, { ...there })) return undefined;
  return { name, expected: JSON.stringify(expected), found: JSON.stringify(there) };
}

/** A server may add headers that an object was put without; a time may come back in another spelling. */
function headersOf({ headers }: Pick<ObjectFacts, 'headers'>, kept = Object.keys(headers)): Record<string, unknown> {
  const named = kept.map((name) => [name, name === 'expires' ? Date.parse(headers[name] ?? '') : headers[name]]);
  return Object.fromEntries(named);
}
