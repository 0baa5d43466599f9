import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { metricsText } from '../../scripts/runs/metrics.ts';
import { type DebTree, unpackedDebs } from '../stack/debs.ts';
import { exampleFacts } from '../unit/notify/example-facts.ts';
import { exampleRun } from '../unit/notify/example-run.ts';

const MONITORING = new URL('../../docs/monitoring/', import.meta.url);
const ALERTS = new URL('alerts.yaml', MONITORING).pathname;

let tree: DebTree;
let folder: string;

before(async () => {
  tree = await unpackedDebs('prometheus');
  folder = await mkdtemp(join(tmpdir(), 'holdfast-promtool-'));
});
after(() => rm(folder, { recursive: true }));

/** Runs promtool and gives its exit code with all that it said. */
async function promtool(args: readonly string[], input = ''): Promise<{ code: number; said: string }> {
  const child = spawn(tree.program('usr/bin/promtool'), args, { env: { ...process.env, ...tree.environment } });
  const said: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => said.push(piece));
  child.stderr.on('data', (piece: Buffer) => said.push(piece));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, said: Buffer.concat(said).toString('utf8') };
}

/** Everything that metrics can tell of. */
function fullText(): Promise<string> {
  const facts = exampleFacts();
  const destinations = [{ name: 's3', location: 'y', pruned: ['a'], failure: 'denied' }];
  const failed = [{ source: 'a "b"\\c\nd', reason: 'x' }];
  const runs = [
    ...facts.runs,
    exampleRun({ outcome: 'partial', destinations, failed }),
    { ...exampleRun({}), command: 'verify' },
  ];
  return metricsText({ ...facts, runs, live: true });
}

test('promtool finds nothing to object to in the metrics', async () => {
  assert.deepEqual(await promtool(['check', 'metrics'], await fullText()), { code: 0, said: '' });
});

test('promtool finds nothing to object to in metrics without any run, set or schedule', async () => {
  const { nextRun: _, ...facts } = exampleFacts();
  const text = await metricsText({ ...facts, runs: [], storages: [] });
  assert.deepEqual(await promtool(['check', 'metrics'], text), { code: 0, said: '' });
});

test('promtool takes the alert rules', async () => {
  const { code, said } = await promtool(['check', 'rules', ALERTS]);
  assert.equal(code, 0, said);
  assert.match(said, /SUCCESS: 12 rules found/);
});

test('the alerts sound when they should, and only then', async () => {
  await copyFile(ALERTS, join(folder, 'alerts.yaml'));
  await copyFile(new URL('notify-alerts.yaml', import.meta.url), join(folder, 'tests.yaml'));
  const { code, said } = await promtool(['test', 'rules', join(folder, 'tests.yaml')]);
  assert.equal(code, 0, said);
  assert.match(said, /SUCCESS/);
});

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync(new URL('grafana-dashboard.json', MONITORING), 'utf8')) as {
  readonly panels: readonly Panel[];
};

test('every question of the dashboard is one that Prometheus understands', async () => {
  const rules = dashboard.panels
    .flatMap(({ targets }) => targets)
    .map(({ expr }, index) => ({
      record: `holdfast:panel${index}`,
      expr: expr.replaceAll('$environment', '.*'),
    }));
  assert.ok(rules.length >= 12);
  const path = join(folder, 'dashboard.yaml');
  // JSON is YAML.
  await writeFile(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { code, said } = await promtool(['check', 'rules', path]);
  assert.equal(code, 0, said);
});

test('alerts, dashboard and docs name metrics that there are, and the docs name all of them', async () => {
  const text = await fullText();
  const made = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
  const named = (source: string) => new Set([...source.matchAll(/\bholdfast_[a-z_]+/g)].map(([name]) => name));
  const page = readFileSync(new URL('README.md', MONITORING), 'utf8');
  for (const source of [readFileSync(ALERTS, 'utf8'), JSON.stringify(dashboard), page]) {
    for (const name of named(source)) assert.ok(made.has(name), `there is no metric "${name}"`);
  }
  assert.deepEqual([...named(page)].sort(), [...made].sort());
});

test('the docs name all alerts', () => {
  const alerts = [...readFileSync(ALERTS, 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => name);
  const page = readFileSync(new URL('README.md', MONITORING), 'utf8');
  assert.deepEqual(
    [...page.matchAll(/^\| (Holdfast\w+) \|/gm)].map(([, name]) => name),
    alerts,
  );
});
