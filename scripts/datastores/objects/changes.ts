import type { ObjectChange } from '../restore.ts';
import type { IndexedObject } from './index-line.ts';
import { compareKeys, readableKey } from './keys.ts';
import type { ListedObject } from './listing.ts';

/** What becomes of a bucket. */
export interface BucketChanges {
  /** By key; the first ones, where there are too many to be listed. */
  readonly changes: readonly ObjectChange[];
  readonly counts: Readonly<Record<'replaced' | 'added' | 'removed' | 'left', number>>;
}

/** So many changes are told by key: nobody reads more, and a bucket may have millions. */
const MOST_CHANGES = 10_000;

/** How {@link changesOf} looks at what is not in the set. */
export interface ChangeOptions {
  /** It goes. */
  readonly exact: boolean;
  /** It was left out of backups, and stays. */
  readonly isExcluded: (key: string) => boolean;
}

/** Sets the objects of a set against those of a bucket; both come in the order of their keys. */
export async function changesOf(
  index: AsyncIterable<IndexedObject>,
  listing: AsyncIterable<ListedObject>,
  { exact, isExcluded }: ChangeOptions,
): Promise<BucketChanges> {
  const changes: ObjectChange[] = [];
  const counts = { replaced: 0, added: 0, removed: 0, left: 0 };
  for await (const { key, recorded, there } of merge(index, listing)) {
    const stays = exact && !isExcluded(key) ? 'removed' : 'left';
    const change = !recorded ? stays : there ? 'replaced' : 'added';
    counts[change] += 1;
    if (changes.length < MOST_CHANGES) {
      changes.push({ name: readableKey(key), change, now: undefined, recorded: undefined });
    }
  }
  return { changes, counts };
}

/** A key, and on which sides it is. */
interface Merged {
  readonly key: string;
  readonly recorded: boolean;
  readonly there: boolean;
}

/** Two lists in the order of their keys as one; neither is held. */
export async function* merge(
  index: AsyncIterable<{ readonly key: string }>,
  listing: AsyncIterable<{ readonly key: string }>,
): AsyncGenerator<Merged, void> {
  const [left, right] = [index[Symbol.asyncIterator](), listing[Symbol.asyncIterator]()];
  try {
    let [one, other] = [await left.next(), await right.next()];
    while (one.done !== true || other.done !== true) {
      const order = one.done ? 1 : other.done ? -1 : compareKeys(one.value.key, other.value.key);
      const key: string = order <= 0 ? one.value.key : other.value.key;
      yield { key, recorded: order <= 0, there: order >= 0 };
      if (order <= 0) one = await left.next();
      if (order >= 0) other = await right.next();
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}
