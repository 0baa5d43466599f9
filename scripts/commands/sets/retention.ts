import { type Failure, toFailure } from '../../common/failure.ts';
import type { RetentionPolicy } from '../../common/policy.ts';
import type { ScheduleSettings } from '../../config/schedules.ts';
import { pruneSets } from '../../sets/prune.ts';
import { planRetention, type RepeatedChoice, type RetentionDecision } from '../../sets/retention.ts';
import { choiceWords, parseChoice } from '../choose.ts';
import { catalogOf, type Workbench } from '../workbench.ts';

/** What retention did after a backup, or in `holdfast prune`. */
export interface RetentionOutcome {
  readonly policy: RetentionPolicy;
  readonly decisions: readonly RetentionDecision[];
  readonly removed: readonly string[];
  /** Why nothing was decided: the clock jumped, or too much would go at once. */
  readonly refusal?: Failure | undefined;
}

/** How retention is to act. */
export interface RetentionRequest {
  /** The run that prunes has failed in part: nothing is removed. */
  readonly runFailed: boolean;
  readonly dryRun?: boolean;
  /** The person saw the refusal for too many removals and wants them. */
  readonly force?: boolean;
  /** Called before every removal; throws when the lock was lost. */
  readonly beforeRemoval: () => Promise<void>;
}

/**
 * Decides and prunes. A refusal is an outcome and not an error: a good backup stays a good backup when the clock keeps
 * the old ones from being removed; the caller tells it.
 */
export async function applyRetention(bench: Workbench, request: RetentionRequest): Promise<RetentionOutcome> {
  const { config, storage, retention: policy, context } = bench;
  const entries = await catalogOf(bench);
  const { runFailed, force = false, beforeRemoval } = request;
  const rules = {
    ...policy,
    ...{ now: new Date(), environment: config.environment, runFailed, force },
    choices: choicesOf(config.schedules),
  };
  let decisions: readonly RetentionDecision[];
  try {
    decisions = planRetention(entries, rules);
  } catch (error) {
    const refusal = toFailure(error);
    if (refusal.code !== 'clock-jumped') throw refusal;
    return { policy, decisions: [], removed: [], refusal };
  }
  const removed = request.dryRun ? [] : await pruneSets(storage, decisions, context, { beforeRemoval });
  return { policy, decisions, removed };
}

/** The sources of a schedule are what its sets were asked for. */
function choicesOf(schedules: readonly ScheduleSettings[]): RepeatedChoice[] {
  const backups = schedules.filter(({ does }) => does === 'backup');
  return backups.map(({ sources, retention }) => ({ choice: choiceWords(parseChoice(sources)), policy: retention }));
}
