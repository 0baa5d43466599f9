import { storageFailure } from '../failures.ts';
import type { ObjectStore } from './object-store.ts';

/** What one Storage over an object store remembers while it is open. */
export interface Room {
  readonly store: ObjectStore;
  /** Sets that were seen published: their objects are read without asking again whether they may be seen. */
  readonly published: Set<string>;
  /** Sets that this very Storage has reserved. */
  readonly reserved: Set<string>;
  /** Manifests that were put and are not published yet: a key that may only write could not read them back. */
  readonly manifests: Map<string, Buffer>;
  /** Keys that are being written by this process. */
  readonly writing: Set<string>;
  /** The last work on each set, for `inTurn`. */
  readonly turns: Map<string, Promise<unknown>>;
}

/** A room that remembers nothing yet. */
export function openRoom(store: ObjectStore): Room {
  const none = { published: new Set<string>(), reserved: new Set<string>(), writing: new Set<string>() };
  return { store, ...none, manifests: new Map(), turns: new Map() };
}

/** Work on one set, one after another within this process: looking and then writing is not one step at the store. */
export async function inTurn<Result>({ turns }: Room, set: string, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(set);
  const turn = (async () => {
    // Whether the work before failed is told to who asked for it.
    await before?.catch(() => undefined);
    return await work();
  })();
  turns.set(set, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(set) === turn) turns.delete(set);
  }
}

/** Every error of a call leaves as a Failure that says what could not be done. */
export async function told<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageFailure(error, what);
  }
}
