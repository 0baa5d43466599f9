import { hostname } from 'node:os';
import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { type CatalogEntry, type CompleteEntry, resolveEntry } from '../../sets/catalog.ts';
import { type Pin, pinReason, readPin, writePin } from '../../sets/pin.ts';
import { EXIT } from '../../ui/words.ts';
import { type Hold, holdLock } from '../hold.ts';
import { catalogOf, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { wordPin } from './retention-words.ts';

/** The flags of `holdfast pin` and `holdfast unpin`. */
export interface PinFlags {
  readonly set: string;
  readonly why?: string;
}

/** Keeps a set from retention until {@link unpin}. One that is pinned already is left alone, unless there is a new reason. */
export async function pin(flags: PinFlags, room: Room): Promise<number> {
  const why = flags.why === undefined ? undefined : pinReason.read(flags.why);
  if (flags.why !== undefined && why === undefined) {
    throw new Failure('usage', { message: `found --why ${JSON.stringify(flags.why)}, expected ${pinReason.wanted}` });
  }
  return await change(room, flags, {
    pinned: true,
    why,
    isNeeded: (before) => before === undefined || (why !== undefined && why !== before.why),
  });
}

/** Lets retention decide about a set again; that of a label as well. Removes nothing itself. */
export async function unpin(flags: PinFlags, room: Room): Promise<number> {
  return await change(room, flags, { pinned: false, why: undefined, isNeeded: (before) => before !== undefined });
}

interface Change {
  readonly pinned: boolean;
  readonly why: string | undefined;
  readonly isNeeded: (before: Pin | undefined) => boolean;
}

/** Under the lock: a prune that has made its plan already would remove the set all the same. */
async function change(room: Room, flags: PinFlags, wanted: Change): Promise<number> {
  const bench = await openWorkbench(room);
  return await using(await holdLock(bench, wanted.pinned ? 'pin' : 'unpin'), (hold) =>
    changeUnderLock(bench, flags, wanted, hold),
  );
}

async function changeUnderLock(bench: Workbench, flags: PinFlags, wanted: Change, hold: Hold): Promise<number> {
  const entry = requireComplete(resolveEntry(flags.set, await catalogOf(bench)));
  const changed = wanted.isNeeded(entry.pin);
  if (changed) await hold.requireMine();
  const after = changed ? await write(bench, entry, wanted) : entry.pin;
  const { screen } = bench;
  screen.settle();
  screen.print(wordChange(entry.name, after, changed));
  screen.printJson({ set: entry.name, changed, pinned: after !== undefined, pin: after });
  return EXIT.done;
}

function requireComplete(entry: CatalogEntry): CompleteEntry {
  if (entry.state === 'complete') return entry;
  const found = entry.state === 'legacy' ? 'has no manifest' : 'is damaged';
  throw new Failure('usage', {
    message: `the set "${entry.name}" ${found}, expected a complete one: retention never removes any other`,
    hint: 'holdfast list',
  });
}

/** Adds the pin or its removal and reads back what holds now. */
async function write(bench: Workbench, { name, manifest }: CompleteEntry, { pinned, why }: Change) {
  const { storage, context } = bench;
  const options = { signal: context.signal };
  const note = { set: name, pinned, why, host: hostname(), holdfastVersion: bench.version };
  const file = await writePin(storage, note, new Date(), options);
  return await readPin(storage, manifest, [file], options);
}

function wordChange(set: string, after: Pin | undefined, changed: boolean): string {
  if (after !== undefined) return `${set} is ${changed ? '' : 'already '}${wordPin(after)}`;
  return changed
    ? `${set} is not pinned any more; what retention makes of it: holdfast prune --dry-run`
    : `${set} is not pinned; nothing was changed`;
}
