import { Failure, toFailure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import { using } from '../../common/using.ts';
import type { RunResult } from '../../runs/record.ts';
import { type CatalogEntry, resolveEntry } from '../../sets/catalog.ts';
import type { ProofLevel } from '../../sets/manifest.ts';
import { writeProof } from '../../sets/proof.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import { verifyIntact } from '../../sets/verify.ts';
import { layTable } from '../../ui/table.ts';
import { EXIT } from '../../ui/words.ts';
import { isPath, openGiven } from '../bundle/given.ts';
import { openChosen } from '../open.ts';
import { proofBy } from '../proof-by.ts';
import { NOTHING, recordRun } from '../record.ts';
import { catalogOf, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { readSource } from './read-source.ts';
import { parsePercent, sampleOf } from './sample.ts';

/** The flags of `holdfast verify`. */
export interface VerifyFlags {
  readonly sets: readonly string[];
  /** "where possible": not where sets are encrypted and this machine has no key, as is right for one that backs up. */
  readonly deep?: boolean | 'where possible';
  readonly all?: boolean;
  /** A share of all sets: "10%". */
  readonly sample?: string;
  readonly allowUnsigned?: boolean;
  /** The storage to work with. */
  readonly from?: string;
  /** The schedule that asks for it. */
  readonly schedule?: string;
}

/** What was found of one set. */
interface Verdict {
  readonly set: string;
  readonly level: ProofLevel | 'damaged' | 'untrusted';
  /** Who signed it, where signatures are asked for. */
  readonly signer?: string | undefined;
  readonly problems: readonly string[];
  /** How each source was read. */
  readonly sources: readonly { readonly source: string; readonly summary: string }[];
  readonly foreign: readonly string[];
}

/** Raises sets to "intact", or with --deep to "readable", and records the proof. Exit code 5 when one is damaged. */
export async function verify(flags: VerifyFlags, room: Room): Promise<number> {
  requireOneWay(flags);
  const opened = await openWorkbench(room, flags.from);
  const facts = { command: 'verify', choice: wordsOf(flags), schedule: flags.schedule };
  return await recordRun(opened, facts, async (bench) => {
    const verdicts = await verifySets(flags, bench);
    return { exitCode: printVerdicts(verdicts, bench), result: resultOf(verdicts) };
  });
}

/** For the history of runs. */
function wordsOf({ sets, all, sample }: VerifyFlags): readonly string[] {
  if (sample !== undefined) return [`--sample ${sample}`];
  return all ? ['--all'] : sets;
}

async function verifySets(flags: VerifyFlags, bench: Workbench): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const paths = flags.sets.filter(isPath);
  for (const path of paths) {
    verdicts.push(
      await using(await openGiven(bench, path, flags.from), (given) =>
        verifyEntry(given.entry.name, flags, given.bench),
      ),
    );
  }
  const sets = flags.sets.filter((wanted) => !isPath(wanted));
  if (paths.length > 0 && sets.length === 0) return verdicts;
  for (const entry of chooseEntries({ ...flags, sets }, await catalogOf(bench))) {
    verdicts.push(await verifyEntry(entry.name, flags, bench));
  }
  return verdicts;
}

function resultOf(verdicts: readonly Verdict[]): RunResult {
  const [only] = verdicts;
  const damaged = verdicts.filter(isRefused);
  return {
    ...NOTHING,
    outcome: damaged.length > 0 ? 'failed' : 'good',
    exitCode: damaged.length > 0 ? EXIT.unproven : EXIT.done,
    ...(verdicts.length === 1 && only ? { set: only.set, proof: only.level } : {}),
    failed: damaged.map(({ set, problems }) => ({ source: set, reason: problems.join('; ') })),
  };
}

function isRefused({ level }: Verdict): boolean {
  return level === 'damaged' || level === 'untrusted';
}

function printVerdicts(verdicts: readonly Verdict[], { screen }: Workbench): number {
  screen.settle();
  const rows = verdicts.map(({ set, level, problems, sources, signer }) => [
    set,
    level,
    problems[0] ??
      [
        ...(signer === undefined ? [] : [`signed by ${signer}`]),
        ...sources.map(({ source, summary }) => `${source}: ${summary}`),
      ].join('; '),
  ]);
  screen.print(...layTable([{ head: 'SET' }, { head: 'PROOF' }, { head: 'FOUND' }], rows));
  screen.printJson({ sets: verdicts });
  return verdicts.some(isRefused) ? EXIT.unproven : EXIT.done;
}

/** Before anything is recorded: what is wrong on the command line leaves no trace. Throws Failure "usage". */
function requireOneWay({ sets, all, sample }: VerifyFlags): void {
  const ways = [all ? '--all' : '', sample ? '--sample' : '', sets.length > 0 ? 'names of sets' : ''].filter(Boolean);
  if (ways.length > 1) {
    throw new Failure('usage', { message: `found ${ways.join(' and ')}, expected one of them` });
  }
  if (sample !== undefined) parsePercent(sample);
}

function chooseEntries({ sets, all, sample }: VerifyFlags, entries: readonly CatalogEntry[]): { name: string }[] {
  if (!all && sample === undefined) {
    return (sets.length > 0 ? sets : ['latest']).map((wanted) => resolveEntry(wanted, entries));
  }
  const everything = entries.filter(({ state }) => state === 'complete' || state === 'legacy' || state === 'damaged');
  return sample === undefined ? everything : sampleOf(everything, parsePercent(sample));
}

async function verifyEntry(name: string, flags: VerifyFlags, bench: Workbench): Promise<Verdict> {
  try {
    const set = await openChosen(bench, name, flags);
    const found = await verifyIntact(set, bench.context);
    const signer = found.intact ? found.signer : undefined;
    const verdict = { set: name, foreign: found.foreign, sources: [], ...(signer !== undefined && { signer }) };
    if (!found.intact) {
      return { ...verdict, level: found.untrusted ? 'untrusted' : 'damaged', problems: found.problems };
    }
    if (!(flags.deep === 'where possible' ? await opens(set) : flags.deep))
      return await recorded(set, { ...verdict, level: set.manifest ? 'intact' : 'stored', problems: [] }, bench);
    const sources = await readAll(set, bench);
    return await recorded(set, { ...verdict, level: 'readable', problems: [], sources }, bench);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== 'damaged') throw failure;
    const problem = [failure.source, failure.message].filter(Boolean).join(': ');
    return { set: name, level: 'damaged', problems: [problem], sources: [], foreign: [] };
  }
}

/** A machine that backs up has no key, and is right to: every byte is compared there, and no dump is read. */
async function opens(set: OpenedSet): Promise<boolean> {
  try {
    await set.unlock();
    return true;
  } catch (error) {
    const { code } = toFailure(error);
    if (code === 'settings' || code === 'denied' || code === 'tool-missing') return false;
    throw error;
  }
}

async function readAll(set: OpenedSet, bench: Workbench): Promise<Verdict['sources']> {
  const summaries: { source: string; summary: string }[] = [];
  for (const source of set.sources) {
    const label = `${source.kind}/${source.name}`;
    bench.context.report({ kind: 'step', source: label, step: 'read' });
    const { summary } = await readSource(source, label, bench.context);
    bench.context.report({
      kind: 'done',
      source: label,
      bytes: totalBytes(source.artifacts),
    });
    summaries.push({ source: label, summary });
  }
  return summaries;
}

/** A set without a manifest has nothing that a proof could name. */
async function recorded(set: OpenedSet, verdict: Verdict, bench: Workbench): Promise<Verdict> {
  if (set.manifestSha256 === undefined || verdict.level === 'damaged' || verdict.level === 'untrusted') return verdict;
  const { level, sources } = verdict;
  await writeProof(
    bench.storage,
    proofBy(bench, { set: set.name, level, manifestSha256: set.manifestSha256, sources }),
  );
  return verdict;
}
