import { hostname } from 'node:os';
import { Failure, toFailure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { type CompleteEntry, resolveEntry } from '../../sets/catalog.ts';
import { copySet } from '../../sets/copy.ts';
import { MANIFEST_FILE } from '../../sets/manifest.ts';
import { writePin } from '../../sets/pin.ts';
import { readObject } from '../../sets/read-object.ts';
import { requireIntact } from '../../sets/verify.ts';
import { layTable } from '../../ui/table.ts';
import { wordBytes } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { type Destination, inOrderOfWriting } from '../destinations.ts';
import { type Hold, holdLock } from '../hold.ts';
import { openChosen } from '../open.ts';
import { recordVerb } from '../record.ts';
import { at, catalogOf, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { readySealing } from './encryption.ts';
import { type Reencryption, reencryptSet } from './reencrypt-set.ts';
import { setsForOthers } from './sets.ts';

/** The flags of `holdfast keys reencrypt`. */
export interface ReencryptFlags {
  readonly sets: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** What became of one set. */
interface Outcome {
  readonly set: string;
  readonly now?: string;
  readonly failure?: Failure;
}

/**
 * Encrypts old sets for the present recipients. Each is written anew beside the old one, read back and compared, brought
 * to every storage that holds the old one, and only then the old one is removed: at no moment is there no good copy.
 * Exit code 1 when a set could not be done; it then stays as it was.
 */
export async function keysReencrypt(flags: ReencryptFlags, room: Room): Promise<number> {
  const opened = await openWorkbench(room);
  const [first] = inOrderOfWriting(opened.destinations);
  if (first === undefined) throw new Failure('settings', { message: 'BACKUP_STORAGE names no storage' });
  const bench = { ...opened, ...at(first) };
  const entries = await chooseSets(flags, bench);
  if (flags.dryRun) return tellPlan(entries, bench);
  const facts = { command: 'keys reencrypt', choice: flags.all ? ['--all'] : flags.sets };
  return await recordVerb(bench, facts, async (logged) => {
    const sealing = await readySealing(logged);
    if (sealing === undefined) throw noRecipients();
    const outcomes: Outcome[] = [];
    await using(await holdLock(logged, 'keys reencrypt'), async (hold) => {
      for (const entry of entries) outcomes.push(await reencryptOne(entry, { bench: logged, sealing, hold }));
    });
    return tell(outcomes, logged);
  });
}

async function chooseSets({ sets, all = false }: ReencryptFlags, bench: Workbench): Promise<CompleteEntry[]> {
  if (bench.config.recipients.length === 0) throw noRecipients();
  if (all === sets.length > 0) {
    throw new Failure('usage', {
      message: `found ${all ? '--all and' : 'neither --all nor'} names of sets, expected one of them`,
    });
  }
  if (all) return await setsForOthers(bench, bench.config.recipients);
  const entries = await catalogOf(bench);
  return sets.map((wanted) => {
    const entry = resolveEntry(wanted, entries);
    if (entry.state === 'complete') return entry;
    throw new Failure('usage', { message: `"${entry.name}" is ${entry.state}, expected a complete set` });
  });
}

async function reencryptOne(entry: CompleteEntry, work: Reencryption): Promise<Outcome> {
  const { bench, hold } = work;
  const set = entry.name;
  try {
    const now = (await finishedBefore(set, bench)) ?? (await reencryptSet(set, work));
    await requireIntact(await openChosen(bench, now), bench.context);
    await keepPin(entry, now, bench);
    const holders = await holdersOf(set, bench);
    for (const { storage } of holders) await copySet(bench.storage, storage, now, bench.context);
    await removeEverywhere(set, [bench, ...holders], hold);
    return { set, now };
  } catch (error) {
    bench.context.signal.throwIfAborted();
    const failure = toFailure(error, { source: set });
    bench.context.report({ kind: 'failed', source: set, message: failure.message });
    return { set, failure };
  }
}

/** The set that an earlier run made of this one before it was ended. */
async function finishedBefore(set: string, bench: Workbench): Promise<string | undefined> {
  const entries = await catalogOf(bench);
  return entries.find((entry) => entry.state === 'complete' && entry.manifest.reencryptedFrom === set)?.name;
}

async function keepPin({ pin }: CompleteEntry, now: string, { storage, version, context }: Workbench): Promise<void> {
  if (pin?.by !== 'pin') return;
  const note = { set: now, pinned: true, why: pin.why, host: hostname(), holdfastVersion: version };
  await writePin(storage, note, new Date(), { signal: context.signal });
}

/** The other storages that hold the very same set; one that another installation wrote under its name is not touched. */
async function holdersOf(set: string, bench: Workbench): Promise<Destination[]> {
  const own = await manifestOf(bench, set, bench);
  const others = bench.destinations.filter(({ storage }) => storage !== bench.storage);
  const there = await Promise.all(others.map((other) => manifestOf(other, set, bench)));
  return others.filter((_, index) => own !== undefined && there[index]?.equals(own));
}

async function manifestOf({ storage }: Pick<Destination, 'storage'>, set: string, { context }: Workbench) {
  try {
    return await readObject(storage, set, MANIFEST_FILE, { signal: context.signal });
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined;
    throw error;
  }
}

async function removeEverywhere(
  set: string,
  places: readonly Pick<Destination, 'storage'>[],
  hold: Hold,
): Promise<void> {
  for (const { storage } of places) {
    await hold.requireMine();
    await storage.remove(set);
  }
}

function tellPlan(entries: readonly CompleteEntry[], { screen, config }: Workbench): number {
  const rows = entries.map(({ name, bytes, manifest }) => [
    name,
    wordBytes(bytes),
    String((manifest.recipients ?? []).length),
  ]);
  screen.settle();
  screen.print(
    ...layTable([{ head: 'SET' }, { head: 'SIZE', align: 'right' }, { head: 'RECIPIENTS NOW', align: 'right' }], rows),
    `then: each is encrypted for ${config.recipients.length} recipients, compared, and takes the place of the old one`,
    'dry run: nothing was done',
  );
  screen.printJson({ dryRun: true, sets: entries.map(({ name }) => name), recipients: config.recipients });
  return EXIT.done;
}

function tell(outcomes: readonly Outcome[], { screen }: Workbench): number {
  screen.settle();
  const rows = outcomes.map(({ set, now, failure }) => [
    set,
    now ?? '-',
    failure?.message ?? 'done, the old one is removed',
  ]);
  const table = layTable([{ head: 'SET' }, { head: 'NOW' }, { head: 'STATE' }], rows);
  screen.print(...(rows.length > 0 ? table : ['nothing to do: every set is encrypted for the present recipients']));
  screen.printJson({
    sets: outcomes.map(({ failure, ...facts }) => ({ ...facts, ...(failure && { problem: failure.message }) })),
  });
  return outcomes.some(({ failure }) => failure) ? EXIT.failed : EXIT.done;
}

function noRecipients(): Failure {
  return new Failure('settings', {
    message: 'there are no recipients to encrypt for',
    hint: 'holdfast keys init, then set BACKUP_AGE_RECIPIENTS',
  });
}
