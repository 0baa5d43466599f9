import { Failure, toFailure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import { using } from '../../common/using.ts';
import type { CatalogEntry } from '../../sets/catalog.ts';
import type { ProofLevel } from '../../sets/manifest.ts';
import { proofRank } from '../../sets/proof.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import { requireIntact } from '../../sets/verify.ts';
import { openGiven } from '../bundle/given.ts';
import { type Choice, isChosen, parseChoice } from '../choose.ts';
import { openChosen } from '../open.ts';
import { recordRun } from '../record.ts';
import { fetchSet } from '../restore/fetch.ts';
import type { PickedSet } from '../sets/pick.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { strayChecks } from './checks.ts';
import { type DrillItems, groupItems, namesIn, parseImages } from './items.ts';
import { recordProof } from './proof.ts';
import { type Rehearsal, rehearse } from './rehearse.ts';
import { reportDrill } from './report.ts';
import { saysNothing } from './says-nothing.ts';
import { type CheckOutcome, isFinal, reasonsOf, type SourceDrill, type Verdict, verdictOf, worst } from './verdict.ts';
import { printDrillPlan, printDrillResult, runResultOf } from './words.ts';

/** The flags of `holdfast drill`. */
export interface DrillFlags {
  /** Take a set that none of the allowed signers signed. */
  readonly allowUnsigned?: boolean;
  readonly set: string;
  readonly from?: string;
  readonly only?: string;
  /** "postgres=NAME": the image of a throw-away server. */
  readonly image?: readonly string[];
  /** Where the report goes, beside the folder of the logs. */
  readonly report?: string;
  /** Leave the throw-away servers running. */
  readonly keep?: boolean;
  readonly dryRun?: boolean;
  /** The schedule that asks for it. */
  readonly schedule?: string;
}

/** What a drill came to. */
export interface DrillResult {
  readonly verdict: Verdict;
  /** As it was asked for, where it could not be opened. */
  readonly set: string;
  readonly storage: string;
  /** RFC 3339; undefined where the set does not tell. */
  readonly createdAt: string | undefined;
  /** Why the set as a whole did not pass. */
  readonly reasons: readonly string[];
  readonly sources: readonly SourceDrill[];
  /** Checks that could not be asked of any source. */
  readonly stray: readonly CheckOutcome[];
  /** Sources that failed when the set was made: it was never whole. */
  readonly lacking: readonly string[];
  /** The measured RTO, in milliseconds: fetch, check, restore and compare, without the start of the servers. */
  readonly restoreMilliseconds: number;
  /** The start of the servers, in milliseconds. */
  readonly startMilliseconds: number;
  readonly bytes: number;
  /** What was recorded, and in which storages. */
  readonly proof?: { readonly level: ProofLevel; readonly storages: readonly string[] };
  /** How to look into the servers that were left, and how to remove them. */
  readonly kept: readonly string[];
}

/**
 * Restores a set into throw-away servers and compares it with its fingerprint. Nothing of the live servers is touched.
 * Exit code 0 for PASS, 5 for FAIL and UNVERIFIABLE; what says nothing of the set is thrown.
 */
export async function drill(flags: DrillFlags, room: Room): Promise<number> {
  const choice = parseChoice(flags.only === undefined ? [] : [flags.only]);
  parseImages(flags.image ?? []);
  const opened = await openWorkbench(room);
  if (flags.dryRun) return await planOnly(flags, choice, opened);
  const words = [flags.set, flags.only].filter((word) => word !== undefined && word !== 'latest') as string[];
  const facts = { command: 'drill', choice: words, schedule: flags.schedule };
  return await recordRun(opened, facts, async (bench, { run }) => {
    const result = await drillSet(flags, choice, run, bench);
    await reportDrill(result, { run, file: flags.report }, bench);
    return { exitCode: printDrillResult(result, bench), result: runResultOf(result) };
  });
}

async function planOnly(flags: DrillFlags, choice: Choice, opened: Workbench): Promise<number> {
  return await using(await openGiven(opened, flags.set, flags.from), async ({ bench, entry }) => {
    const set = await openChosen(bench, entry.name, flags);
    return printDrillPlan(set, await groupItems(set, choice, parseImages(flags.image ?? []), bench), bench);
  });
}

/** A failure that is the set's becomes its verdict. */
async function drillSet(flags: DrillFlags, choice: Choice, run: string, opened: Workbench): Promise<DrillResult> {
  const began = Date.now();
  let picked: PickedSet | undefined;
  try {
    return await using(await openGiven(opened, flags.set, flags.from), async (given) => {
      picked = given;
      return await drillPicked(given, flags, choice, run);
    });
  } catch (error) {
    opened.context.signal.throwIfAborted();
    const failure = toFailure(error);
    if (isFinal(failure) || (await saysNothing(failure, picked, flags.set))) throw failure;
    return failedWhole(failure, picked, flags, Date.now() - began);
  }
}

function failedWhole(failure: Failure, picked: PickedSet | undefined, flags: DrillFlags, took: number): DrillResult {
  return {
    verdict: verdictOf({ failure, restoring: false }),
    set: picked?.entry.name ?? flags.set,
    storage: picked?.bench.storage.name ?? flags.from ?? 'any',
    createdAt: picked?.entry.time.toISOString(),
    reasons: reasonsOf(failure),
    ...{ sources: [], stray: [], lacking: [], kept: [] },
    ...{ restoreMilliseconds: took, startMilliseconds: 0, bytes: 0 },
  };
}

async function drillPicked(
  { bench: at, entry }: PickedSet,
  flags: DrillFlags,
  choice: Choice,
  run: string,
): Promise<DrillResult> {
  const began = Date.now();
  return await using(await fetchSet(at, entry), ({ storage }) =>
    drillFetched({ bench: { ...at, storage }, at, entry, began }, flags, choice, run),
  );
}

interface FetchedDrill {
  /** With the set where it can be read several times. */
  readonly bench: Workbench;
  /** With the storage that it came from. */
  readonly at: Workbench;
  readonly entry: PickedSet['entry'];
  readonly began: number;
}

async function drillFetched(
  { bench, at, entry, began }: FetchedDrill,
  flags: DrillFlags,
  choice: Choice,
  run: string,
): Promise<DrillResult> {
  const set = await openChosen(bench, entry.name, flags);
  await set.unlock((source) => isChosen(choice, source));
  const found = await groupItems(set, choice, parseImages(flags.image ?? []), bench);
  const how = { run, keep: flags.keep ?? false, wasRead: isRead(entry), began };
  const rehearsal = await rehearse(found.groups, how, () => requireIntact(set, bench.context), bench);
  const result = await resultOf(set, found, rehearsal, bench);
  if (result.verdict !== 'PASS') {
    await requireStillThere(set, bench);
    return result;
  }
  const isWhole = choice.kinds.size === 0 && choice.sources.size === 0;
  // The sources that were left out were checked byte by byte, and no further.
  const level = isWhole ? 'proven' : isRead(entry) ? 'readable' : 'intact';
  const storages = await recordProof(set, level, result.sources, at);
  return { ...result, proof: { level, storages } };
}

/** A drill holds no lock: what retention takes away meanwhile says nothing of the set. Throws Failure "not-found". */
async function requireStillThere({ name }: OpenedSet, { storage, context }: Workbench): Promise<void> {
  if ((await storage.objects(name, { signal: context.signal })).length > 0) return;
  throw new Failure('not-found', { message: `the set "${name}" was removed during its drill` });
}

function isRead(entry: CatalogEntry): boolean {
  return entry.state === 'complete' && proofRank(entry.proof) >= proofRank('readable');
}

async function resultOf(
  set: OpenedSet,
  { groups, unknown }: DrillItems,
  rehearsal: Rehearsal,
  { config, storage }: Workbench,
): Promise<DrillResult> {
  const sources = [...rehearsal.sources, ...unknown];
  // A check of a source that was left out on purpose is no matter.
  const stray = strayChecks(config.drill.checks, namesIn(set));
  return {
    verdict: worst([...sources, ...stray].map(({ verdict }) => verdict)),
    ...{ set: set.name, storage: storage.name, createdAt: set.manifest?.createdAt, reasons: [], sources, stray },
    lacking: (set.manifest?.failed ?? []).map(({ kind, name, reason }) => `${kind}/${name}: ${reason}`),
    ...{ restoreMilliseconds: rehearsal.restoreMilliseconds, startMilliseconds: rehearsal.startMilliseconds },
    bytes: totalBytes(groups.flatMap(({ items }) => items)),
    kept: rehearsal.kept,
  };
}
