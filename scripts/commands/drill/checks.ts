import { toFailure } from '../../common/failure.ts';
import type { DrillCheck } from '../../config/drill.ts';
import type { RestoreItem } from '../restore/plan.ts';
import type { Workbench } from '../workbench.ts';
import type { DrillServer } from './server.ts';
import { type CheckOutcome, isFinal, type SourceDrill, verdictOf, worst } from './verdict.ts';

/** A source that was drilled, with the place where it can be asked. */
export interface DrilledSource {
  readonly item: RestoreItem;
  readonly on: DrillServer;
  readonly drill: SourceDrill;
}

/** Asks a restored source what the settings say. A source that did not come back whole is asked as well. */
export async function checkSource(
  { item, on, drill }: DrilledSource,
  checks: readonly DrillCheck[],
  bench: Workbench,
): Promise<SourceDrill> {
  const own = checks.filter(({ source }) => isOf(source, item));
  if (own.length === 0) return drill;
  const outcomes: CheckOutcome[] = [];
  for (const check of own) {
    outcomes.push(drill.report === undefined ? notAsked(check, NOT_RESTORED) : await ask(check, item, on, bench));
  }
  const verdict = worst([drill.verdict, ...outcomes.map((outcome) => outcome.verdict)]);
  const failed = outcomes.filter((outcome) => outcome.verdict !== 'PASS').map(wordCheck);
  return { ...drill, verdict, reasons: [...drill.reasons, ...failed], checks: outcomes };
}

const NOT_RESTORED = 'the source was not restored';

/** Checks that name a source which the set does not hold. `held`: the names of those that it holds. */
export function strayChecks(checks: readonly DrillCheck[], held: ReadonlySet<string>): CheckOutcome[] {
  const stray = checks.filter(({ source }) => !held.has(source));
  return stray.map((check) => notAsked(check, `the set holds no source "${check.source}"`));
}

/** One line: what was found and what was expected. */
export function wordCheck({ name, expected, found, reason }: CheckOutcome): string {
  return found === undefined
    ? `check "${name}": no answer, expected ${expected}: ${reason}`
    : `check "${name}": found ${JSON.stringify(found)}, expected ${expected}`;
}

function isOf(source: string, { label, source: { kind, name } }: RestoreItem): boolean {
  return source === label || source === `${kind}/${name}`;
}

async function ask(
  check: DrillCheck,
  item: RestoreItem,
  on: DrillServer,
  { context }: Workbench,
): Promise<CheckOutcome> {
  try {
    const answer = await on.server.ask(check.question, on.targetOf(item.target), context);
    const found = answer.trim();
    return {
      name: check.name,
      verdict: isAsExpected(found, check) ? 'PASS' : 'FAIL',
      expected: wordExpected(check),
      found,
    };
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = toFailure(error);
    if (isFinal(failure)) throw failure;
    const verdict = verdictOf({ failure, restoring: true });
    const reason = [failure.message, failure.detail?.split('\n', 1)[0]].filter(Boolean).join(': ');
    return { ...notAsked(check, reason), verdict };
  }
}

function notAsked(check: DrillCheck, reason: string): CheckOutcome {
  return { name: check.name, verdict: 'UNVERIFIABLE', expected: wordExpected(check), found: undefined, reason };
}

function isAsExpected(found: string, { expect, atLeast }: DrillCheck): boolean {
  if (expect !== undefined) return found === expect.trim();
  return found !== '' && Number(found) >= (atLeast ?? 0);
}

function wordExpected({ expect, atLeast }: DrillCheck): string {
  return expect === undefined ? `at least ${atLeast}` : JSON.stringify(expect);
}
