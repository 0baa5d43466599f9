import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../../../scripts/commands/restore/carry-out.ts';
import type { Journal, JournalFile } from '../../../../scripts/commands/restore/journal.ts';
import { runPlan } from '../../../../scripts/commands/restore/run-plan.ts';
import type { PlannedStep, Stage } from '../../../../scripts/commands/restore/step.ts';
import type { Workbench } from '../../../../scripts/commands/workbench.ts';
import { Failure } from '../../../../scripts/common/failure.ts';
import type { RestoreReport } from '../../../../scripts/datastores/restore.ts';

/** What was done and taken back, in order. */
type Diary = string[];

const bench = { context: { signal: new AbortController().signal, report: () => {} } } as unknown as Workbench;

function step(diary: Diary, name: string, more: Partial<PlannedStep> = {}): PlannedStep {
  return {
    kind: 'restore',
    source: 'postgres/app',
    text: name,
    live: false,
    run: async () => {
      diary.push(name);
      return {};
    },
    undo: async () => {
      diary.push(`undo ${name}`);
    },
    ...more,
  };
}

/** A journal that counts how often it was saved, and with which states. */
function fileOf(stages: readonly Stage[]): JournalFile & { readonly saved: string[] } {
  const steps = linesOf({ done: [], stages });
  const sources = ['postgres/app', 'mongo/shop'].map((label) => ({ label, standing: 'old', changes: [] }));
  const journal = { steps, sources } as unknown as Journal;
  const saved: string[] = [];
  return {
    journal,
    saved,
    save: async () => {
      saved.push(steps.map(({ state }) => state).join(' '));
    },
  };
}

const fails = (diary: Diary, name: string, more: Partial<PlannedStep> = {}): PlannedStep =>
  step(diary, name, {
    run: async () => {
      diary.push(name);
      throw new Failure('no-space', { message: 'the disk is full' });
    },
    ...more,
  });

const report = (differences: RestoreReport['differences']): RestoreReport => ({
  ...{ target: 'app', objects: 1, rows: 1, counts: { a: 1 }, compared: true, notes: [] },
  differences,
});

async function run(stages: readonly Stage[]) {
  const file = fileOf(stages);
  return { file, ...(await runPlan({ done: [], stages }, file, bench)) };
}

test('steps are done in their order, and each is written down before and after', async () => {
  const diary: Diary = [];
  const { file, failure } = await run([{ lanes: [[step(diary, 'a')]] }, { lanes: [[step(diary, 'b')]] }]);
  assert.equal(failure, undefined);
  assert.deepEqual(diary, ['a', 'b']);
  assert.deepEqual(file.saved, ['started pending', 'done pending', 'done started', 'done done']);
});

test('what was done is taken back newest first, the step that failed included, and nothing after it is begun', async () => {
  const diary: Diary = [];
  const stages = [
    { lanes: [[step(diary, 'a'), step(diary, 'b')]] },
    { lanes: [[fails(diary, 'c')]] },
    { lanes: [[step(diary, 'd')]] },
  ];
  const { file, failure, stuck } = await run(stages);
  assert.deepEqual(diary, ['a', 'b', 'c', 'undo c', 'undo b', 'undo a']);
  assert.deepEqual([failure?.code, failure?.source, failure?.step, stuck], ['no-space', 'postgres/app', 'restore', []]);
  assert.equal(file.saved.at(-1), 'undone undone undone pending');
});

test('one thing that cannot be taken back does not keep the others from it', async () => {
  const diary: Diary = [];
  const stuckStep = step(diary, 'b', {
    undo: async () => Promise.reject(new Failure('unreachable', { message: 'gone' })),
  });
  const { file, stuck } = await run([{ lanes: [[step(diary, 'a'), stuckStep, fails(diary, 'c')]] }]);
  assert.deepEqual(diary, ['a', 'b', 'c', 'undo c', 'undo a']);
  assert.deepEqual(
    stuck.map(({ code, step }) => [code, step]),
    [['unreachable', 'undo restore']],
  );
  assert.match(file.journal.steps[1]?.error ?? '', /could not be taken back: gone/);
});

test('data that differs stops the plan before it is put to use', async () => {
  const diary: Diary = [];
  const differs = step(diary, 'compare', {
    run: async () => ({ report: report([{ name: 'a', expected: '2 rows', found: '1 rows' }]) }),
  });
  const { failure, reports, file } = await run([{ lanes: [[differs]] }, { lanes: [[step(diary, 'exchange')]] }]);
  assert.deepEqual(diary, ['undo compare']);
  assert.equal(failure?.code, 'mismatch');
  assert.match(failure?.detail ?? '', /a: found 1 rows, expected 2 rows/);
  assert.equal(reports.get('postgres/app')?.rows, 1);
  assert.equal(file.journal.sources[0]?.differences?.length, 1);
});

test('the journal says which data is live at every moment', async () => {
  const diary: Diary = [];
  const seen: string[] = [];
  const leaves = { sources: ['postgres/app'], standing: 'new', failed: 'half' } as const;
  const exchange = step(diary, 'exchange', { leaves });
  const stages = [{ lanes: [[exchange]] }, { lanes: [[fails(diary, 'migrate', { source: undefined })]] }];
  const file = fileOf(stages);
  const save = file.save;
  const watched = {
    ...file,
    save: async () => {
      seen.push(file.journal.sources.map(({ standing }) => standing).join(' '));
      await save();
    },
  };
  await runPlan({ done: [], stages }, watched, bench);
  assert.deepEqual(seen.slice(0, 3), ['half old', 'new old', 'new old']);
  assert.equal(seen.at(-1), 'old old');
  const broken = [
    { lanes: [[fails(diary, 'over', { leaves: { ...leaves, failed: 'old' }, undo: undefined as never })]] },
  ];
  assert.equal((await run(broken)).file.journal.sources[0]?.standing, 'old');
});

test('lanes of one stage go on side by side, and all stop at the first failure', async () => {
  const diary: Diary = [];
  const slow = step(diary, 'slow', {
    source: 'mongo/shop',
    run: async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      diary.push('slow');
      return {};
    },
  });
  const stages = [{ lanes: [[slow, step(diary, 'never', { source: 'mongo/shop' })], [fails(diary, 'quick')]] }];
  const { failure } = await run(stages);
  assert.equal(failure?.message, 'the disk is full');
  assert.deepEqual(diary, ['quick', 'slow', 'undo quick', 'undo slow']);
});

test('an abort begins nothing more and takes back what was done', async () => {
  const diary: Diary = [];
  const stop = new AbortController();
  const ending = step(diary, 'a', {
    run: async () => {
      stop.abort(new Failure('interrupted', { message: 'ended by SIGTERM' }));
      return {};
    },
  });
  const stages = [{ lanes: [[ending, step(diary, 'b')]] }];
  const aborted = { context: { signal: stop.signal, report: () => {} } } as unknown as Workbench;
  const { failure } = await runPlan({ done: [], stages }, fileOf(stages), aborted);
  assert.equal(failure?.code, 'interrupted');
  assert.deepEqual(diary, ['undo a']);
});
