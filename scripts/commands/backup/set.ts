import { hostname } from 'node:os';
import type { RunRecord } from '../../runs/record.ts';
import type { Manifest, ManifestAbsence } from '../../sets/manifest.ts';
import { writeProof } from '../../sets/proof.ts';
import { openSetWriter, type SetFacts } from '../../sets/writer.ts';
import { type Choice, choiceWords, isEverything, sourceLabel } from '../choose.ts';
import { isOfStorage } from '../destinations.ts';
import type { Hold } from '../hold.ts';
import { protectedIdentity, readySealing, readySecretsSealing } from '../keys/encryption.ts';
import { proofBy } from '../proof-by.ts';
import { sameWork } from '../same-work.ts';
import { applyRetention, type RetentionOutcome } from '../sets/retention.ts';
import { readySigner } from '../signing.ts';
import { rpoOf } from '../status/overview.ts';
import type { Workbench } from '../workbench.ts';
import type { TakenDump } from './dump.ts';
import { requireSomething, takeDumps } from './dumps.ts';
import { guideWriter } from './guide.ts';
import type { BackupPlan } from './plan.ts';
import { runAbsencesOf, runSourcesOf } from './result.ts';
import { type Suspicion, suspicionsOf } from './suspicions.ts';

/** What a set is made of, and with the lock of whom. */
export interface SetRequest {
  readonly plan: BackupPlan;
  readonly flags: { readonly label?: string };
  readonly bench: Workbench;
  readonly began: Date;
  readonly choice: Choice;
  /** The words that chose its sources, for what is alike. */
  readonly words: readonly string[];
  /** The runs before this one, oldest first. */
  readonly earlier: readonly RunRecord[];
  readonly hold: Hold;
  /** No set is removed after it: a restore must not lose the set that it is about to restore. */
  readonly keepAll?: true;
}

/** A set that was made, and what retention did after it. */
export interface MadeSet {
  readonly manifest: Manifest;
  readonly retention: RetentionOutcome;
  readonly milliseconds: number;
  /** A source failed or looks wrong: nothing was pruned, and nothing is to be pruned elsewhere. */
  readonly runFailed: boolean;
  /** What looks wrong although nothing failed. */
  readonly suspicions: readonly Suspicion[];
}

/** Dumps and checks every source, publishes the set, then prunes. Throws when no set could be made. */
export async function makeSet(run: SetRequest): Promise<MadeSet> {
  const { plan, bench, hold, began } = run;
  requireSomething(plan);
  announceAbsent(plan, bench);
  const sign = await readySigner(bench);
  const sealing = await readySealing(bench);
  const secretsSealing = await readySecretsSealing(bench);
  const extras = await protectedIdentity(bench);
  const writer = await openSetWriter(bench.storage, began, { signal: bench.context.signal, sealing });
  try {
    const { taken, failed } = await takeDumps(plan, { writer, secretsSealing }, run.earlier, bench);
    const facts = describeSet(run, taken, failed);
    const guide = await guideWriter(facts, { signed: sign !== undefined, ownIdentity: extras.length > 0 });
    const finishing = { guide, sign, extras, beforePublish: hold.requireMine };
    const { manifest, manifestSha256 } = await writer.finish(facts, finishing);
    await recordProof(manifest, manifestSha256, taken, bench);
    const suspicions = judge(run, manifest);
    // That the set before this one was late says nothing against this one.
    const isOdd = suspicions.some(({ kind }) => kind !== 'late');
    const runFailed = failed.length > 0 || isOdd;
    const retention = await applyRetention(bench, {
      runFailed: runFailed || run.keepAll === true,
      beforeRemoval: hold.requireMine,
    });
    return { manifest, retention, suspicions, runFailed, milliseconds: Date.now() - began.getTime() };
  } catch (error) {
    // Where the storage is what failed, it may not be able to remove either; the first failure is the one to tell.
    await writer.abandon().catch((left: unknown) => {
      if (!isOfStorage(error)) throw left;
    });
    throw error;
  }
}

/** What looks wrong against the runs of the same choice; a set that shrank must not push out those before it. */
function judge({ bench, began, earlier, words }: SetRequest, manifest: Manifest): Suspicion[] {
  const { sources, skipped, failed } = manifest;
  return suspicionsOf(
    { sources: runSourcesOf(sources), skipped: runAbsencesOf(skipped), failed: runAbsencesOf(failed) },
    {
      earlier: sameWork({ command: 'backup', choice: words, environment: bench.config.environment }, earlier),
      shrinkPercent: bench.config.shrinkPercent,
      startedAt: began,
      rpoSeconds: rpoOf(bench, began) * 3600,
    },
  );
}

function describeSet(
  { flags, bench, began, plan, choice }: SetRequest,
  taken: readonly TakenDump[],
  failed: readonly ManifestAbsence[],
): SetFacts {
  return {
    createdAt: began.toISOString(),
    finishedAt: new Date().toISOString(),
    ...(flags.label ? { label: flags.label } : {}),
    ...(isEverything(choice) ? {} : { choice: choiceWords(choice) }),
    environment: bench.config.environment,
    host: hostname(),
    holdfastVersion: bench.version,
    sources: taken.map((dump) => dump.source).sort((one, other) => (sourceLabel(one) < sourceLabel(other) ? -1 : 1)),
    skipped: plan.skipped,
    failed,
    ...(bench.config.recipients.length > 0 ? { recipients: bench.config.recipients } : {}),
  };
}

async function recordProof(manifest: Manifest, manifestSha256: string, taken: readonly TakenDump[], bench: Workbench) {
  const sources = taken.map(({ source, report }) => ({ source: sourceLabel(source), summary: report.summary }));
  const proof = proofBy(bench, { set: manifest.id, level: 'readable', manifestSha256, sources });
  await writeProof(bench.storage, proof);
}

function announceAbsent({ skipped, failed }: BackupPlan, { context }: Workbench): void {
  for (const entry of skipped) context.report({ kind: 'skipped', source: sourceLabel(entry), reason: entry.reason });
  for (const entry of failed) context.report({ kind: 'failed', source: sourceLabel(entry), message: entry.reason });
}
