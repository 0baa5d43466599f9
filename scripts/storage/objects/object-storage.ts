import type { Storage } from '../storage.ts';
import type { ObjectStorageFacts, ObjectStore } from './object-store.ts';
import { entries, get, objects } from './read.ts';
import { remove, sweep } from './remove.ts';
import { reserve } from './reserve.ts';
import { openRoom, told } from './room.ts';
import { add, discard, publish, put } from './write.ts';

/**
 * Sets in a flat store of objects. A set that is being written lies under its final keys, hidden by the marker
 * `<set>.partial/`; its manifest is kept in there and copied out by `publish`, as the last object.
 */
export function objectStorage(store: ObjectStore, facts: ObjectStorageFacts): Storage {
  const room = openRoom(store);
  const { name, location } = facts;
  return {
    name,
    location,
    reserve: (set, options = {}) => told(`cannot reserve the set "${set}"`, () => reserve(room, set, options)),
    put: (set, path, body, options = {}) =>
      told(`cannot write "${set}/${path}"`, () => put(room, set, path, body, options)),
    publish: (set, options = {}) => told(`cannot publish the set "${set}"`, () => publish(room, set, options)),
    discard: (set, path, options = {}) =>
      told(`cannot remove "${set}/${path}"`, () => discard(room, set, path, options)),
    add: (set, path, body, options = {}) =>
      told(`cannot add "${set}/${path}"`, () => add(room, set, path, body, options)),
    get: (set, path, options = {}) => told(`cannot read "${set}/${path}"`, () => get(room, set, path, options)),
    objects: (set, options = {}) => told(`cannot list the set "${set}"`, () => objects(room, set, options)),
    entries: (options = {}) => told(`cannot list "${location}"`, () => entries(room, options)),
    remove: (set, options = {}) => told(`cannot remove the set "${set}"`, () => remove(room, set, options)),
    sweep: (options = {}) => told(`cannot clean up in "${location}"`, () => sweep(room, options)),
    ...(store.advise && {
      advise: (options = {}) =>
        told(`cannot look at the settings of "${location}"`, async () => (await store.advise?.(options)) ?? []),
    }),
    freeBytes: () => told(`cannot ask for the free space of "${location}"`, async () => await facts.freeBytes?.()),
  };
}
