import { toFailure } from '../../common/failure.ts';
import { bytesOf, readable } from '../archive/entry.ts';
import type { StoredSource } from '../datastore.ts';
import type { Generation } from '../generation.ts';
import type { Difference, RestoreStep, StepKind, StepOutcome } from '../restore.ts';
import { flush } from '../tree/flush.ts';
import type { Archived } from './archived.ts';
import { isComing, isSame, type Judged } from './judge.ts';
import { look } from './look.ts';
import type { Place } from './place.ts';
import { removeMade, stagedPath, stageFiles } from './write.ts';

/** A restore of secrets to where they are used. */
export interface SecretsRestore {
  readonly source: StoredSource;
  readonly place: Place;
  readonly fresh: Generation;
  /** Everything in the archive. */
  readonly entries: readonly Archived[];
  readonly judged: readonly Judged[];
  readonly withOwner: boolean;
}

/** The steps of a restore, in their order; the exchange ends it. */
export function restoreSteps(plan: SecretsRestore): RestoreStep[] {
  const { judged, source, place, fresh } = plan;
  const coming = judged.filter(isComing).length;
  const made: string[] = [];
  const write = step(
    source,
    'restore',
    `write ${coming} of ${judged.length} files beside the old, 0600 first`,
    async () => {
      await stageFiles(plan, made);
      return {};
    },
  );
  return [
    { ...write, undo: () => removeMade(bytesOf(place.base), fresh, made) },
    step(source, 'compare', `read every byte of ${coming} files back, and compare`, () => compare(plan)),
  ];
}

async function compare({ judged, place, fresh, withOwner }: SecretsRestore): Promise<StepOutcome> {
  const coming = judged.filter(isComing);
  const differences: Difference[] = [];
  for (const { archived, live } of coming) {
    const found = await look(stagedPath(live, fresh));
    if (found !== undefined && isSame(archived, found, withOwner)) continue;
    const name = readable(archived.path);
    differences.push({ name, expected: 'content, mode and owner of the set', found: found ? 'others' : 'nothing' });
  }
  await flush(place.base);
  const counts = { '.': coming.length };
  const left = judged.filter(({ change }) => change === 'kept').map(({ archived }) => readable(archived.path));
  const notes = left.length === 0 ? [] : [`env files that differ and were left as they are: ${left.join(', ')}`];
  const facts = { target: place.target, objects: 1, rows: coming.length, counts };
  return { report: { ...facts, differences, compared: true, notes } };
}

function step(source: StoredSource, kind: StepKind, text: string, run: () => Promise<StepOutcome>): RestoreStep {
  const label = `secrets/${source.name}`;
  return {
    ...{ kind, text, live: false },
    run: async (context) => {
      context.report({ kind: 'step', source: label, step: kind });
      try {
        return await run();
      } catch (error) {
        throw toFailure(error, { source: label, step: kind }).at({ stands: 'no file that was there was touched' });
      }
    },
  };
}
