import type { Failure } from '../../common/failure.ts';
import { explain } from '../../ui/words.ts';
import type { Finding } from './finding.ts';

/** Steps that mend what the general advice of a failure cannot know, by its code. */
const MENDS: Readonly<Record<string, string>> = {
  'no-space': 'free some space; holdfast prune --dry-run shows which sets could go',
};

/** A failure as a finding. The far side's own words come along: they often say it best. */
export function findingOf(about: string, failure: Failure, why: string): Finding {
  const { message, detail, hint } = explain(failure);
  const own = detail === undefined ? '' : ` (${detail.trim().split('\n').slice(-2).join('; ')})`;
  return {
    level: 'problem',
    about,
    what: `${message}${own}`,
    why,
    mend: MENDS[failure.code] ?? hint ?? 'holdfast logs last',
  };
}
