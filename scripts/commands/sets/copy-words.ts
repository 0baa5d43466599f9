import { wordBytes, wordDuration } from '../../ui/units.ts';
import { explain } from '../../ui/words.ts';
import type { Delivery, DeliveryPlan } from '../backup/deliver.ts';

/** What became of one destination, in a line. */
export function wordDelivery({ location, copied, failure }: Delivery): string {
  const sets = copied.map(
    ({ set, bytes, milliseconds }) => `${set} (${wordBytes(bytes)} in ${wordDuration(milliseconds)})`,
  );
  const done = sets.length > 0 ? [`${location}: ${sets.join(', ')}`] : [];
  if (failure === undefined) return done[0] ?? `${location}: nothing was missing`;
  return [...done, `${location}: FAILED, ${failure.message}`].join('; ');
}

/** What a copy would bring to one destination, as a row. */
export function wordPlan({ name, location, missing, failure }: DeliveryPlan): string[] {
  if (failure !== undefined) return [name, `${location}: cannot be asked: ${failure.message}`];
  const sets = missing.map(({ set, bytes }) => `${set} (${wordBytes(bytes)})`);
  return [name, sets.length === 0 ? `${location}: nothing is missing` : `${location}: would get ${sets.join(', ')}`];
}

/** The same facts for machines. */
export function planForJson({ name, location, missing, failure }: DeliveryPlan): unknown {
  return { name, location, missing, ...(failure && { error: explain(failure) }) };
}

/** The same facts for machines. */
export function deliveryForJson({ name, location, copied, failure }: Delivery): unknown {
  return { name, location, copied, ...(failure && { error: explain(failure) }) };
}
