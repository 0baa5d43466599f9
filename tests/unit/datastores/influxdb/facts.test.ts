import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import { sourceOfFile } from '../../../../scripts/datastores/index.ts';
import { generationOfName } from '../../../../scripts/datastores/influxdb/databases.ts';
import { compareCounts } from '../../../../scripts/datastores/influxdb/facts.ts';
import { columnOf, quoteName, rowsOf, seriesOf } from '../../../../scripts/datastores/influxdb/influxql.ts';
import { manualRestore } from '../../../../scripts/datastores/influxdb/manual.ts';
import type { Points } from '../../../../scripts/datastores/influxdb/points.ts';
import { recognizes } from '../../../../scripts/datastores/influxdb/recognize.ts';
import { member } from '../../../../scripts/datastores/members/influxdb.ts';
import { parseServerUrl, type UrlForm, UrlProblem } from '../../../../scripts/datastores/server-url.ts';
import type { Service } from '../../../../scripts/engines/engine.ts';

const service = (image: string, ...ports: number[]): Service => ({
  ...{ id: '1', name: 'a', image, labels: {}, state: 'running' },
  ports: ports.map((inside) => ({ inside })),
});

test('servers are known by image, else by port; what only speaks with one is none', () => {
  for (const image of ['influxdb', 'docker.io/library/influxdb:1.8-alpine', 'bitnami/influxdb:1.8', 'x/influxdb1']) {
    assert.ok(recognizes(service(image)), image);
  }
  assert.ok(recognizes(service('registry.example/our-metrics:1', 8086)));
  assert.ok(!recognizes(service('registry.example/our-metrics:1', 80)));
  for (const image of ['telegraf:1.30', 'chronograf', 'influxdb-relay', 'prom/influxdb-exporter']) {
    assert.ok(!recognizes(service(image, 8086)), image);
  }
});

test('files of sets without a manifest belong to the database of their name', () => {
  assert.equal(sourceOfFile('influxdb', 'sh%20op.tar.gz'), 'sh op');
  for (const name of ['.tar.gz', 'notes.txt', 'a/b.tar.gz']) assert.equal(sourceOfFile('influxdb', name), undefined);
});

test('a URL tells host, login, database, TLS and the port for backups', () => {
  const found = parseServerUrl(member.server?.url as UrlForm, 'https://ad%40min:p%2Fw@[::1]:9/shop?rpc=10.0.0.1:8089');
  assert.deepEqual(found, {
    ...{ host: '::1', port: 9, user: 'ad@min', password: new Secret('p/w'), database: 'shop' },
    parameters: { rpc: '10.0.0.1:8089', tls: 'true' },
  });
  for (const wrong of ['influxdb://h:8086', 'http:///shop']) {
    assert.throws(() => parseServerUrl(member.server?.url as UrlForm, wrong), UrlProblem, wrong);
  }
});

test('names are quoted so that nothing of them ends the quotes', () => {
  assert.equal(quoteName('a"; DROP DATABASE "b\\'), '"a\\"; DROP DATABASE \\"b\\\\"');
});

test('an answer that comes in several parts is one', () => {
  const answer = [
    { series: [{ name: 'cpu', columns: ['fieldKey', 'fieldType'], values: [['v', 'float']] }] },
    {},
    { series: [{ name: 'mem', columns: ['fieldKey'], values: [['used'], ['free']] }] },
  ];
  assert.deepEqual(columnOf(answer, 'fieldKey'), ['v', 'used', 'free']);
  assert.deepEqual(rowsOf(seriesOf(answer))[0], { fieldKey: 'v', fieldType: 'float' });
});

test('where counts before and after a backup differ, the lower one is recorded, and both as a range', () => {
  const points = (cpu: number, mem: number, series: number): Points => ({
    measurements: [counted('cpu', cpu), counted('mem', mem)],
    series: { autogen: series },
  });
  const found = compareCounts(points(200, 9, 4), points(200, 7, 5));
  assert.deepEqual(found, {
    counts: { 'autogen.cpu': 200, 'autogen.mem': 7 },
    moving: { 'autogen.mem': { least: 7, most: 9 } },
    series: { autogen: { least: 4, most: 5 } },
    fields: { 'autogen.cpu': 'v', 'autogen.mem': 'v' },
  });
});

test('a measurement that came while a backup was made may be in it or not', () => {
  const none: Points = { measurements: [], series: {} };
  const { counts, moving } = compareCounts(none, { measurements: [counted('late', 3)], series: { autogen: 1 } });
  assert.deepEqual([counts, moving], [{ 'autogen.late': 0 }, { 'autogen.late': { least: 0, most: 3 } }]);
});

test('only names that a restore makes are taken for what it left', () => {
  assert.deepEqual(generationOfName('shop_new_20261122_060254'), {
    ...{ database: 'shop', part: 'new', stamp: '20261122_060254' },
  });
  for (const name of ['shop_new', 'shop_new_2026', '_new_20261122_060254', 'shop_before_20261122_060254']) {
    assert.equal(generationOfName(name), undefined, name);
  }
});

test('the commands by hand are quoted for a shell', () => {
  const query = `CREATE CONTINUOUS QUERY "it's" ON shop BEGIN SELECT mean(v) INTO m FROM cpu GROUP BY time(1h) END`;
  const facts = { consistency: 'fuzzy', fingerprint: { counts: {} }, warnings: [] } as const;
  const steps = manualRestore({
    ...{ name: `it's`, target: 'other', fileNames: ['influxdb/it%27s.tar.gz'] },
    facts: { ...facts, details: { continuousQueries: [{ name: `it's`, query }] } },
  });
  const commands = steps.flatMap((step) => step.commands);
  assert.ok(commands.includes("influxd restore -portable -db 'it'\\''s' -newdb other /tmp/influxdb-restore"));
  assert.equal(commands.at(-1), `influx -execute '${query.replace("'", "'\\''")}'`);
});

function counted(measurement: string, points: number): Points['measurements'][number] {
  return { name: `autogen.${measurement}`, policy: 'autogen', measurement, field: 'v', points };
}
