import { Failure } from '../common/failure.ts';
import type { DumpFacts, ReadReport } from './datastore.ts';

/**
 * The facts of a dump once it was read back: what was left to be counted then has its count. The dump is of one snapshot,
 * so its rows are those of the snapshot. Throws Failure "internal" when `read` let something uncounted pass.
 */
export function completeFacts(facts: DumpFacts, report: ReadReport): DumpFacts {
  const { uncounted = [], fingerprint, ...others } = facts;
  const counted = uncounted.map((name) => [name, requireCount(name, report)] as const);
  return {
    ...others,
    fingerprint: { ...fingerprint, counts: { ...fingerprint.counts, ...Object.fromEntries(counted) } },
  };
}

function requireCount(name: string, { counts }: ReadReport): number {
  const count = counts !== undefined && Object.hasOwn(counts, name) ? counts[name] : undefined;
  if (count !== undefined) return count;
  throw new Failure('internal', { message: `nobody counted what the dump has of "${name}"` });
}
