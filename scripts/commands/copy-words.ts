import { wordBytes, wordDuration } from '../ui/units.ts';
import { explain } from '../ui/words.ts';
import type { Delivery } from './deliver.ts';

/** What became of one destination, in a line. */
export function wordDelivery({ location, copied, failure }: Delivery): string {
  const sets = copied.map(
    ({ set, bytes, milliseconds }) => `${set} (${wordBytes(bytes)} in ${wordDuration(milliseconds)})`,
  );
  const done = sets.length > 0 ? [`${location}: ${sets.join(', ')}`] : [];
  if (failure === undefined) return done[0] ?? `${location}: nothing was missing`;
  return [...done, `${location}: FAILED, ${failure.message}`].join('; ');
}

/** The same facts for machines. */
export function deliveryForJson({ name, location, copied, failure }: Delivery): unknown {
  return { name, location, copied, ...(failure && { error: explain(failure) }) };
}
