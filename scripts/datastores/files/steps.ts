import type { Context } from '../../common/context.ts';
import { toFailure } from '../../common/failure.ts';
import type { ArtifactReader, StoredSource } from '../datastore.ts';
import { differencesOf, wordFiles } from '../differences.ts';
import type { RestoreReport, RestoreStep, StepKind, StepOutcome } from '../restore.ts';
import { extractArchive } from '../tree/extract.ts';
import { tallyOf } from '../tree/fingerprint.ts';
import { flush, SYNC_PATIENCE } from '../tree/flush.ts';
import { removeGenerationAt } from './generations.ts';
import type { Place } from './place.ts';

/** A restore of a folder, or a file alone. */
export interface FolderRestore {
  readonly source: StoredSource;
  readonly archive: ArtifactReader;
  readonly place: Place;
  /** Where it is written. */
  readonly at: string;
  readonly withOwner: boolean;
}

/** The steps of a restore, in their order. */
export function folderSteps(plan: FolderRestore): RestoreStep[] {
  return [extractStep(plan), compareStep(plan)];
}

function extractStep(plan: FolderRestore): RestoreStep {
  const { source, archive, place, at, withOwner } = plan;
  const text =
    at === place.live ? `extract "${source.name}" to ${at}` : `extract "${source.name}" beside the old, to ${at}`;
  const made = step(plan, 'restore', text, async () => {
    await extractArchive(await archive.open(), Buffer.from(at), withOwner);
    return {};
  });
  return at === place.live ? made : { ...made, undo: () => removeGenerationAt(at, AbortSignal.timeout(SYNC_PATIENCE)) };
}

function compareStep(plan: FolderRestore): RestoreStep {
  const counts = Object.values(plan.source.facts?.fingerprint.counts ?? {});
  const files = counts.reduce((sum, count) => sum + count, 0);
  const text = `read every byte of ${files} files and links back, and compare`;
  return step(plan, 'compare', text, async ({ signal }) => {
    await flush(plan.at);
    return { report: await reportOn(plan, signal) };
  });
}

async function reportOn({ source, place, at }: FolderRestore, signal: AbortSignal): Promise<RestoreReport> {
  const tally = await tallyOf(Buffer.from(at), signal);
  const { files, folders, links } = tally.totals();
  const found = tally.fingerprint();
  return {
    target: place.target,
    objects: folders,
    rows: files + links,
    counts: found.counts,
    differences: source.facts === undefined ? [] : differencesOf(source.facts.fingerprint, found, wordFiles),
    compared: source.facts !== undefined,
    notes: [],
  };
}

function step(
  { source, place, at }: FolderRestore,
  kind: StepKind,
  text: string,
  run: (context: Context) => Promise<StepOutcome>,
): RestoreStep {
  const label = `files/${source.name}`;
  return {
    kind,
    text,
    live: false,
    run: async (context) => {
      context.report({ kind: 'step', source: label, step: kind });
      try {
        return await run(context);
      } catch (error) {
        const stands = at === place.live ? `${at} may be there in part` : `${place.live} was not touched`;
        throw toFailure(error, { source: label, step: kind }).at({ stands });
      }
    },
  };
}
