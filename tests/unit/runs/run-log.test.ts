import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ownIdentity } from '../../../scripts/common/process-identity.ts';
import { markDied } from '../../../scripts/runs/died.ts';
import type { RunResult, RunStart } from '../../../scripts/runs/record.ts';
import { newRunName, openRunLog, readRun, readRunLines, readRuns } from '../../../scripts/runs/run-log.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-runs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const RESULT: RunResult = {
  outcome: 'good',
  exitCode: 0,
  set: '2026-05-07T02-00',
  bytes: 3,
  sources: [{ source: 'postgres/app', bytes: 3, milliseconds: 4 }],
  skipped: [],
  failed: [],
  destinations: [],
  suspicions: [],
};

async function start(startedAt = new Date()): Promise<RunStart> {
  const { host, pid, processStart, bootId } = await ownIdentity();
  const facts = { command: 'backup', choice: [], environment: 'e', host, pid, processStart, bootId };
  return { schema: 'holdfast-run/v1', run: newRunName(startedAt), startedAt: startedAt.toISOString(), ...facts };
}

test('a run is read back as it was written: start, events in order, result', async () => {
  const facts = await start();
  const log = await openRunLog(join(folder, 'whole', 'runs'), facts);
  log.event({ kind: 'step', source: 'postgres/app', step: 'dump' });
  log.event({ kind: 'progress', source: 'postgres/app', bytes: 1 });
  log.event({ kind: 'done', source: 'postgres/app', bytes: 3 });
  await log.end(RESULT);
  const [read] = await readRuns(join(folder, 'whole', 'runs'));
  assert.deepEqual({ ...read, finishedAt: '' }, { ...facts, result: RESULT, finishedAt: '' });
  const lines = await readRunLines(join(folder, 'whole', 'runs'), facts.run);
  assert.deepEqual(
    lines.map(({ kind }) => kind),
    ['step', 'done'],
  );
  assert.equal((await stat(join(folder, 'whole', 'runs', `${facts.run}.jsonl`))).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, 'whole', 'runs'))).mode & 0o777, 0o700);
});

test('a run has its first line on the disk before anything else happens', async () => {
  const facts = await start();
  const runs = join(folder, 'first');
  await openRunLog(runs, facts);
  assert.match(await readFile(join(runs, `${facts.run}.jsonl`), 'utf8'), /^\{"kind":"start".*\n$/);
  assert.equal((await readRun(runs, facts.run))?.result, undefined);
});

test('a run that never said how it ended is under way while its process lives, and died when it is gone', async () => {
  const living = await start();
  const gone = { ...living, processStart: '1' };
  const restarted = { ...living, bootId: 'another' };
  const elsewhere = { ...living, host: 'another', bootId: 'another' };
  const marked = await markDied([living, gone, restarted, elsewhere]);
  assert.deepEqual(
    marked.map(({ result }) => result?.outcome),
    [undefined, 'died', 'died', undefined],
  );
});

test('a line that was cut off, and a file that is no run, cost nothing else', async () => {
  const runs = join(folder, 'cut');
  const facts = await start();
  const log = await openRunLog(runs, facts);
  log.event({ kind: 'note', message: 'one' });
  await log.end(RESULT);
  await appendFile(join(runs, `${facts.run}.jsonl`), '{"kind":"no');
  await writeFile(join(runs, 'zz.jsonl'), 'not json\nnull\n7\n');
  assert.deepEqual(
    (await readRuns(runs)).map(({ run }) => run),
    [facts.run],
  );
  assert.equal((await readRunLines(runs, facts.run)).length, 1);
});

test('a run with endless events keeps its log bounded and its result', async () => {
  const runs = join(folder, 'endless');
  const facts = await start();
  const log = await openRunLog(runs, facts);
  for (let index = 0; index < 40; index += 1) {
    log.event({ kind: 'note', message: 'x'.repeat(100_000) });
    await new Promise(setImmediate);
  }
  await log.end(RESULT);
  const { size } = await stat(join(runs, `${facts.run}.jsonl`));
  assert.ok(size < 2.5 * 1024 * 1024, `${size}`);
  assert.equal((await readRun(runs, facts.run))?.result?.outcome, 'good');
});

test('only the newest 400 runs are kept', async () => {
  const runs = join(folder, 'many');
  const first = await openRunLog(runs, await start(new Date('2026-01-01T00:00:00Z')));
  for (let index = 0; index < 400; index += 1) {
    const name = newRunName(new Date(Date.parse('2026-02-01T00:00:00Z') + index * 60_000));
    await writeFile(join(runs, `${name}.jsonl`), '{}\n');
  }
  await first.end(RESULT);
  const left = await readdir(runs);
  assert.equal(left.length, 400);
  assert.ok(!left.some((name) => name.startsWith('2026-01')));
});
