import { Failure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { CatalogEntry } from '../../sets/catalog.ts';

/** "10%" or "10" as a number. Throws Failure "usage". */
export function parsePercent(word: string): number {
  const percent = Number(/^(\d{1,3}(?:\.\d+)?)%?$/.exec(word)?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return percent;
  throw new Failure('usage', { message: `found --sample "${word}", expected a share such as 10%` });
}

/**
 * So many percent of the bytes of all sets, those first that nobody has looked at for the longest time: run often enough
 * it comes round to every set, which a share by chance does not. At least one set, where there is one.
 */
export function sampleOf(entries: readonly CatalogEntry[], percent: number): CatalogEntry[] {
  const sizes = entries.map((entry) => ({ entry, bytes: 'bytes' in entry ? entry.bytes : 0, at: lookedAt(entry) }));
  const wanted = (totalBytes(sizes) * percent) / 100;
  const chosen: typeof sizes = [];
  for (const candidate of sizes.toSorted((one, other) => (one.at < other.at ? -1 : 1))) {
    if (chosen.length > 0 && totalBytes(chosen) >= wanted) break;
    chosen.push(candidate);
  }
  return chosen.map(({ entry }) => entry).sort((one, other) => one.time.getTime() - other.time.getTime());
}

/** RFC 3339; a set that was never looked at comes before all others. */
function lookedAt(entry: CatalogEntry): string {
  return entry.state === 'complete' ? (entry.checkedAt ?? '') : '';
}
