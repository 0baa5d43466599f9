import type { StoredGeneration } from '../../datastores/generation.ts';
import { backToService } from '../around/restore-steps.ts';
import type { Connected } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import { type Journal, type JournalSource, reopenJournal } from './journal.ts';
import { forAll, type PlannedStep } from './step.ts';
import { isPlace } from './undo-places.ts';

/** What a killed restore left on one server. */
interface Left {
  readonly journal: Journal;
  readonly to: Connected;
  /** Whose exchange had begun: it may be half-way. */
  readonly half: readonly JournalSource[];
  readonly beside: readonly StoredGeneration[];
}

/**
 * Steps that put in order what killed restores left on some servers: an exchange that had begun is ended, so that one
 * generation is live, and copies that were never put to use are removed.
 */
export async function tidySteps(
  killed: readonly Journal[],
  connected: readonly Connected[],
  bench: Workbench,
): Promise<PlannedStep[]> {
  const steps: PlannedStep[] = [];
  for (const to of new Set(connected)) {
    const also = killed.flatMap(({ sources }) => sources.map(({ target }) => target));
    const stored = killed.length === 0 ? [] : await to.server.generations(bench.context, also);
    for (const journal of killed) {
      const own = journal.sources.filter(({ place }) => isPlace(place, to.address));
      const half = own.filter(({ exchange, standing }) => exchange !== undefined && standing === 'half');
      const beside = stored.filter(({ part, stamp }) => part === 'new' && stamp === journal.stamp);
      if (half.length + beside.length > 0) steps.push(tidyStep({ journal, to, half, beside }));
    }
  }
  return steps;
}

function tidyStep({ journal, to, half, beside }: Left): PlannedStep {
  const ending = half.length === 0 ? [] : ['end its exchange'];
  const removing =
    beside.length === 0 || half.length > 0 ? [] : [`remove ${beside.map(({ place }) => place).join(', ')}`];
  return {
    kind: 'remove',
    source: undefined,
    text: `put in order what the ${journal.command} of ${journal.stamp} left, which was killed: ${[...ending, ...removing].join(', ')}`,
    live: half.length > 0,
    run: async (context) => {
      if (half.length > 0) {
        await to.server.exchange(
          half.flatMap(({ exchange }) => exchange ?? []),
          context,
        );
      }
      const also = journal.sources.map(({ target }) => target);
      const stored = await to.server.generations(context, also);
      const left = stored.filter(({ part, stamp }) => part === 'new' && stamp === journal.stamp);
      for (const generation of left) await to.server.removeGeneration(generation, context);
      for (const source of half) source.standing = 'new';
      await closeJournal(journal);
      return { notes: left.map(({ place }) => `removed ${place}`) };
    },
  };
}

/** It is told of no more; what it left live is in its sources. */
export async function closeJournal(journal: Journal): Promise<void> {
  journal.finishedAt ??= new Date().toISOString();
  journal.outcome ??= 'failed';
  await reopenJournal(journal).save();
}

/** Starts what killed restores had stopped and this one does not start by itself. */
export async function startAgainSteps(
  killed: readonly Journal[],
  known: Journal['services'],
  bench: Workbench,
): Promise<PlannedStep[]> {
  const names = new Set(known.map((ref) => JSON.stringify(ref)));
  const services = killed.flatMap((journal) => journal.services).filter((ref) => !names.has(JSON.stringify(ref)));
  if (services.length === 0) return [];
  const steps = await backToService(bench, services, { set: killed[0]?.set ?? '', sources: [] });
  return steps.filter(({ kind }) => kind === 'start').map(forAll);
}
