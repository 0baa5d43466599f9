import type { Context } from '../../common/context.ts';
import { toFailure } from '../../common/failure.ts';
import type { Bucket } from '../../storage/s3/bucket.ts';
import type { StoredSource } from '../datastore.ts';
import type { RestoreReport, RestoreStep, StepOutcome } from '../restore.ts';
import { isBucketThere, makeBucket, removeBucket, removeObject } from './buckets.ts';
import { type BucketChanges, merge } from './changes.ts';
import { type Comparison, compareBucket } from './compare.ts';
import { AT_ONCE } from './fetch.ts';
import { listAll } from './listing.ts';
import { Flights, putAll } from './put.ts';
import { indexOf } from './scan.ts';

/** A restore of a bucket. */
export interface BucketRestore {
  readonly source: StoredSource;
  readonly bucket: Bucket;
  /** False: it is made. */
  readonly exists: boolean;
  readonly counts: BucketChanges['counts'];
  readonly isExcluded: (key: string) => boolean;
}

/** Milliseconds for taking back what was put into a bucket of our own. */
const UNDO_PATIENCE = 3_600_000;

/** The steps of a restore, in their order. */
export function bucketSteps(plan: BucketRestore): RestoreStep[] {
  return [
    ...(plan.exists ? [] : [createStep(plan)]),
    putStep(plan),
    ...(plan.counts.removed > 0 ? [removeStep(plan)] : []),
    compareStep(plan),
  ];
}

function createStep(plan: BucketRestore): RestoreStep {
  const { bucket } = plan;
  const words = { kind: 'create', text: `make the bucket "${bucket.options.bucket}"`, live: true } as const;
  const made = step(plan, words, async ({ signal }) => {
    await makeBucket(bucket, signal);
    return {};
  });
  return { ...made, undo: () => removeWhole(bucket, AbortSignal.timeout(UNDO_PATIENCE)) };
}

/** A bucket that was not there before the restore holds nothing of anybody's. */
async function removeWhole(bucket: Bucket, signal: AbortSignal): Promise<void> {
  if (!(await isBucketThere(bucket, signal))) return;
  const flights = new Flights(AT_ONCE);
  for await (const { key } of listAll(bucket, signal)) await flights.add(() => removeObject(bucket, key, signal));
  await flights.settled();
  flights.throwIfFailed();
  await removeBucket(bucket, signal);
}

function putStep(plan: BucketRestore): RestoreStep {
  const { source, bucket, counts } = plan;
  const count = counts.added + counts.replaced;
  const text = `put ${count} objects into the bucket "${bucket.options.bucket}"`;
  return step(plan, { kind: 'restore', text, live: true }, async ({ signal }) => {
    await putAll(source, bucket, signal);
    return {};
  });
}

function removeStep(plan: BucketRestore): RestoreStep {
  const { source, bucket, counts, isExcluded } = plan;
  const text = `remove ${counts.removed} objects that the set does not have from the bucket "${bucket.options.bucket}"`;
  return step(plan, { kind: 'remove', text, live: true }, async ({ signal }) => {
    const flights = new Flights(AT_ONCE);
    for await (const { key, recorded } of merge(indexOf(source), listAll(bucket, signal))) {
      if (!recorded && !isExcluded(key)) await flights.add(() => removeObject(bucket, key, signal));
    }
    await flights.settled();
    flights.throwIfFailed();
    return {};
  });
}

function compareStep(plan: BucketRestore): RestoreStep {
  const { source, bucket, counts } = plan;
  const text = `read ${counts.added + counts.replaced} objects back, and compare content, headers, metadata and tags`;
  return step(plan, { kind: 'compare', text, live: false }, async ({ signal }) => {
    return { report: reportOf(bucket.options.bucket, await compareBucket(source, bucket, signal)) };
  });
}

/** A report from a comparison. */
export function reportOf(target: string, { tally, differences }: Comparison): RestoreReport {
  const { counts } = tally.fingerprint();
  const objects = Object.keys(counts).length;
  return { target, objects, rows: tally.objects, counts, differences, compared: true, notes: [] };
}

function step(
  { source, bucket, exists }: BucketRestore,
  words: Pick<RestoreStep, 'kind' | 'text' | 'live'>,
  run: (context: Context) => Promise<StepOutcome>,
): RestoreStep {
  const label = `objects/${source.name}`;
  const { bucket: name } = bucket.options;
  const stands = exists
    ? `the bucket "${name}" may hold old and new objects; none was removed before all were put`
    : `the bucket "${name}", which was not there before, may hold part of the objects`;
  return {
    ...words,
    run: async (context) => {
      context.report({ kind: 'step', source: label, step: words.kind });
      try {
        return await run(context);
      } catch (error) {
        throw toFailure(error, { source: label, step: words.kind }).at({ stands });
      }
    },
  };
}
