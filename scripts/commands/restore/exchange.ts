import type { Context } from '../../common/context.ts';
import { type Exchange, type Generation, isGenerationOf, spellGeneration } from '../../datastores/generation.ts';
import { kindWords } from '../../datastores/index.ts';
import type { Connected } from '../servers.ts';
import { shortLabel } from '../words.ts';
import type { PreparedItem } from './prepare.ts';
import type { PlannedStep } from './step.ts';

/** One exchange of a plan. */
export interface PlannedExchange {
  /** The source, "postgres/app". */
  readonly label: string;
  readonly exchange: Exchange;
  /** True when there is a live database that makes room. */
  readonly existed: boolean;
}

/** Taking something back gets its own time: the signal that ended the run must not end this as well. Milliseconds. */
const PATIENCE = 120_000;

/** One step a server: all its databases change places together. */
export function exchangeSteps(beside: readonly PreparedItem[]): PlannedStep[] {
  const servers = new Map<Connected, PlannedExchange[]>();
  for (const { to, item, facts, prepared } of beside) {
    if (prepared.exchange === undefined) continue;
    const planned = { label: item.label, exchange: prepared.exchange, existed: facts.exists };
    servers.set(to, [...(servers.get(to) ?? []), planned]);
  }
  return [...servers].map(([to, planned]) => exchangeStep(to, planned));
}

/** Puts new databases in the place of the live ones; taking it back is another exchange. */
export function exchangeStep(to: Connected, planned: readonly PlannedExchange[]): PlannedStep {
  const exchanges = planned.map(({ exchange }) => exchange);
  return {
    kind: 'exchange',
    source: planned.length === 1 ? planned[0]?.label : undefined,
    text: wordExchanges(to, planned),
    live: true,
    leaves: { sources: planned.map(({ label }) => label), standing: 'new', failed: 'half' },
    run: async (context) => ({ notes: await to.server.exchange(exchanges, context) }),
    undo: () => takeBack(to, planned),
  };
}

function wordExchanges(to: Connected, planned: readonly PlannedExchange[]): string {
  const names = (chosen: readonly PlannedExchange[]): string =>
    chosen.map(({ exchange }) => `"${exchange.database}"`).join(', ');
  const going = planned.filter(({ exchange }) => exchange.fresh === undefined);
  const coming = planned.filter(({ exchange }) => exchange.fresh !== undefined);
  const old = planned.find(({ existed }) => existed)?.exchange.kept;
  return [
    `on ${shortLabel(to.address.label)}`,
    ...(coming.length > 0 ? [`put ${names(coming)} in place of the old, ${kindWords(to.address.kind).exchange}`] : []),
    ...(going.length > 0 ? [`take ${names(going)} out of use`] : []),
    ...(old === undefined ? [] : [`what was live is kept as ${spellGeneration(old)}`]),
  ].join(', ');
}

/**
 * An exchange that failed may have been done, not begun, or left half-way: what stands tells. What is half-way is ended
 * first, because only whole generations change places.
 */
async function takeBack(to: Connected, planned: readonly PlannedExchange[]): Promise<void> {
  const context: Context = { signal: AbortSignal.timeout(PATIENCE), report: () => {} };
  const also = planned.map(({ exchange }) => exchange.database);
  const stored = await to.server.generations(context, also);
  const holds = ({ database }: Exchange, generation: Generation | undefined): boolean =>
    generation !== undefined && stored.some((one) => isGenerationOf(one, database, generation));
  const begun = planned.filter(
    ({ exchange, existed }) => !existed || holds(exchange, exchange.kept) || !holds(exchange, exchange.fresh),
  );
  if (begun.length === 0) return;
  await to.server.exchange(
    begun.map(({ exchange }) => exchange),
    context,
  );
  await to.server.exchange(
    begun.map(({ exchange, existed }) => reversed(exchange, existed)),
    context,
  );
}

/** The way back: what was kept becomes live again, what was live waits as what it was before. */
function reversed({ database, fresh, kept }: Exchange, existed: boolean): Exchange {
  return { database, fresh: existed ? kept : undefined, kept: fresh ?? { ...kept, part: 'new' } };
}
