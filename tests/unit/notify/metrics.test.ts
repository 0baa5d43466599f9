import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../../scripts/common/failure.ts';
import { metricsText } from '../../../scripts/runs/metrics.ts';
import { healthOf, serveMetrics, writeMetricsFile } from '../../../scripts/runs/metrics-output.ts';
import { exampleFacts } from './example-facts.ts';
import { exampleRun } from './example-run.ts';

/** The lines of one metric, without its help. */
const linesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

test('metrics tell of the newest set of each storage, and of no age where they are written to a file', async () => {
  const facts = exampleFacts();
  const text = await metricsText(facts);
  const seconds = Date.parse('2026-05-07T02:00:00Z') / 1000;
  assert.deepEqual(linesOf(text, 'holdfast_set_last_good_timestamp_seconds'), [
    'holdfast_set_last_good_timestamp_seconds{storage="s3",environment="production"} 0',
    `holdfast_set_last_good_timestamp_seconds{storage="local",environment="production"} ${seconds}`,
  ]);
  assert.deepEqual(linesOf(text, 'holdfast_set_proof_level'), [
    'holdfast_set_proof_level{storage="local",environment="production"} 2',
  ]);
  assert.deepEqual(linesOf(text, 'holdfast_sets'), [
    'holdfast_sets{storage="s3",environment="production"} 0',
    'holdfast_sets{storage="local",environment="production"} 9',
  ]);
  assert.deepEqual(linesOf(text, 'holdfast_rpo_seconds'), ['holdfast_rpo_seconds{environment="production"} 93600']);
  assert.doesNotMatch(text, /age_seconds/);
  assert.deepEqual(linesOf(await metricsText({ ...facts, live: true }), 'holdfast_set_age_seconds'), [
    'holdfast_set_age_seconds{storage="local",environment="production"} 36000',
  ]);
});

test('metrics tell of the newest run of each command, and count those in the history', async () => {
  const runs = [
    exampleRun({ outcome: 'good' }),
    exampleRun({ outcome: 'partial', failed: [{ source: 'postgres/app', reason: 'x' }], suspicions: ['a', 'b'] }),
    { ...exampleRun({ outcome: 'good', sources: [] }), command: 'verify' },
    exampleRun({ outcome: 'skipped' }),
    exampleRun(),
  ];
  const text = await metricsText({ ...exampleFacts(), runs });
  const environment = 'environment="production"';
  assert.deepEqual(linesOf(text, 'holdfast_last_run_success'), [
    `holdfast_last_run_success{command="backup",${environment}} 0`,
    `holdfast_last_run_success{command="verify",${environment}} 1`,
  ]);
  assert.ok(text.includes(`holdfast_last_run_suspicions{command="backup",${environment}} 2\n`));
  assert.ok(text.includes(`holdfast_last_run_duration_seconds{command="backup",${environment}} 10\n`));
  assert.ok(text.includes(`holdfast_runs_total{command="backup",outcome="good",${environment}} 1\n`));
  assert.ok(text.includes(`holdfast_runs_total{command="backup",outcome="partial",${environment}} 1\n`));
  assert.ok(text.includes(`holdfast_runs_total{command="backup",outcome="skipped",${environment}} 0\n`));
  assert.deepEqual(linesOf(text, 'holdfast_source_failures_total'), [
    `holdfast_source_failures_total{source="postgres/app",${environment}} 1`,
    `holdfast_source_failures_total{source="mongo/shop",${environment}} 0`,
  ]);
  assert.ok(text.includes(`holdfast_source_bytes{source="mongo/shop",${environment}} 300000\n`));
  assert.ok(text.includes(`holdfast_source_duration_seconds{source="postgres/app",${environment}} 8.2\n`));
});

test('metrics count what was pruned and what did not arrive, by storage', async () => {
  const destinations = [
    { name: 'local', location: 'x', pruned: ['a', 'b'] },
    { name: 's3', location: 'y', pruned: [], failure: 'denied' },
  ];
  const text = await metricsText({
    ...exampleFacts(),
    runs: [exampleRun({ destinations }), exampleRun({ destinations })],
  });
  assert.ok(text.includes('holdfast_pruned_sets_total{storage="local",environment="production"} 4\n'));
  assert.ok(text.includes('holdfast_storage_failures_total{storage="s3",environment="production"} 2\n'));
  assert.ok(text.includes('holdfast_storage_failures_total{storage="local",environment="production"} 0\n'));
});

test('metrics tell of the last proof by a restore, and of nothing that is not known of it', async () => {
  const facts = exampleFacts();
  const text = await metricsText(facts);
  const environment = '{environment="production"}';
  const proven = Date.parse('2026-05-05T04:00:00Z') / 1000;
  for (const [name, value] of [
    ['last_proof_timestamp_seconds', proven],
    ['proof_target_seconds', 2_592_000],
    ['restore_duration_seconds', 192.5],
    ['restore_bytes', 11_000_000],
    ['rto_seconds', 3600],
    ['last_drill_verdict', 1],
  ]) {
    assert.deepEqual(linesOf(text, `holdfast_${name}`), [`holdfast_${name}${environment} ${value}`]);
  }
  const failed = await metricsText({ ...facts, proof: { targetSeconds: 60, verdict: 'FAIL' } });
  assert.deepEqual(linesOf(failed, 'holdfast_last_drill_verdict'), [`holdfast_last_drill_verdict${environment} -1`]);
  assert.doesNotMatch(failed, /last_proof|restore_|rto_seconds/);
});

test('a file of metrics appears whole, readable by all, and alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-metrics-'));
  const before = process.umask(0o077);
  try {
    const path = join(folder, 'holdfast.prom');
    await writeFile(path, 'old');
    await writeMetricsFile(path, 'new\n');
    assert.equal(await readFile(path, 'utf8'), 'new\n');
    assert.equal((await stat(path)).mode & 0o777, 0o644);
    assert.deepEqual(await readdir(folder), ['holdfast.prom']);
    await mkdir(join(folder, 'taken.prom'));
    for (const wrong of [join(folder, 'none/holdfast.prom'), join(folder, 'taken.prom')]) {
      await assert.rejects(writeMetricsFile(wrong, 'x'), (error) => {
        assert.ok(error instanceof Failure && error.code === 'storage');
        assert.ok(error.message.includes(wrong) && error.detail);
        return true;
      });
    }
    assert.deepEqual(await readdir(folder), ['holdfast.prom', 'taken.prom']);
  } finally {
    process.umask(before);
    await rm(folder, { recursive: true });
  }
});

test('health is that of the best storage', () => {
  const facts = exampleFacts();
  const at = (time: string) => healthOf({ ...facts, now: new Date(time) });
  assert.deepEqual(at('2026-05-07T12:00:00Z'), {
    ok: true,
    reason: 'the newest good set is 36000 s old; 93600 s are allowed',
  });
  assert.equal(at('2026-05-08T04:00:00Z').ok, true);
  assert.equal(at('2026-05-08T04:00:01Z').ok, false);
  assert.deepEqual(healthOf({ ...facts, storages: [] }), { ok: false, reason: 'there is no good set' });
});

test('metrics and health are served, and nothing else', async () => {
  const health = { ok: true, reason: 'fine' };
  const reported: unknown[] = [];
  let broken = false;
  const produce = async () => {
    if (broken) throw new Error('a secret reason');
    return { text: 'holdfast_rpo_seconds 1\n', health };
  };
  const server = await serveMetrics('127.0.0.1:0', { produce, report: (error) => reported.push(error) });
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return [answer.status, await answer.text()];
  };
  try {
    assert.deepEqual(await ask('/metrics?x=y'), [200, 'holdfast_rpo_seconds 1\n']);
    assert.deepEqual(await ask('/metrics', 'HEAD'), [200, '']);
    assert.deepEqual(await ask('/healthz'), [200, 'fine\n']);
    health.ok = false;
    assert.equal((await ask('/healthz'))[0], 503);
    assert.equal((await ask('/metrics', 'POST'))[0], 405);
    assert.equal((await ask('/../etc/passwd'))[0], 404);
    broken = true;
    assert.deepEqual(await ask('/metrics'), [500, '']);
    assert.equal(reported.length, 1);
  } finally {
    await server.close();
  }
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/metrics`));
});

test('a server of metrics ends at once, also while somebody is connected', async () => {
  const produce = () => new Promise<never>(() => {});
  const server = await serveMetrics(':0', { produce, report: () => {} });
  const socket = connect(server.port, '127.0.0.1').on('error', () => {});
  const waiting = fetch(`http://127.0.0.1:${server.port}/metrics`).catch(() => 'ended');
  await new Promise((resolve) => socket.once('connect', resolve));
  const began = Date.now();
  await server.close();
  assert.ok(Date.now() - began < 2000);
  assert.equal(await waiting, 'ended');
});

test('an address that cannot be listened on is named, with what to do', async () => {
  const options = { produce: () => new Promise<never>(() => {}), report: () => {} };
  const server = await serveMetrics('127.0.0.1:0', options);
  try {
    for (const [address, message] of [
      [`127.0.0.1:${server.port}`, /cannot listen on "127\.0\.0\.1:\d+"/],
      ['9464', /expected "host:port" or ":port"/],
      [':99999', /expected "host:port" or ":port"/],
      ['no.such.host.invalid:1', /cannot listen on/],
    ] as const) {
      await assert.rejects(serveMetrics(address, options), (error) => {
        assert.ok(error instanceof Failure && error.code === 'settings');
        assert.match(error.message, message);
        return true;
      });
    }
  } finally {
    await server.close();
  }
});
