import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../scripts/common/failure.ts';
import { Secret } from '../../../scripts/common/secret.ts';
import { loadNotifier } from '../../../scripts/notify/index.ts';
import type { Notice, NoticeKind, Notifier } from '../../../scripts/notify/notifier.ts';
import { exampleNotice } from '../../contract/notify.ts';
import { type Arrived, httpPlace, type Place } from '../../contract/notify-place.ts';
import { exampleRun } from './example-run.ts';

let place: Place;
before(async () => {
  place = await httpPlace();
});
after(() => place.close());
beforeEach(() => {
  place.arrived.length = 0;
});

async function open(kind: string, settings: Record<string, unknown>): Promise<Notifier> {
  const member = await loadNotifier(kind);
  assert.ok(member);
  const hidden = Object.entries(settings).map(([name, value]) => [
    name,
    member.settings[name]?.meaning === 'secret' ? new Secret(String(value)) : value,
  ]);
  const surroundings = { name: 'mine', environment: {}, platform: process.platform };
  return await member.open(Object.fromEntries(hidden) as never, surroundings);
}

const url = (path: string): string => `http://127.0.0.1:${place.port}${path}`;

async function arrive(kind: string, settings: Record<string, unknown>, notice: Notice): Promise<Arrived> {
  await (await open(kind, settings)).send(notice, { signal: AbortSignal.timeout(5000) });
  const [first] = place.arrived;
  assert.ok(first);
  return first;
}

const RID = /rid=[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

for (const [kind, run, path] of [
  ['start', exampleRun(), '/ping/abc/start'],
  ['success', exampleRun({ outcome: 'good' }), '/ping/abc'],
  ['failure', exampleRun({ outcome: 'failed', exitCode: 1 }), '/ping/abc/fail'],
  ['failure', exampleRun({ outcome: 'partial', exitCode: 3 }), '/ping/abc/fail'],
  ['suspicious', exampleRun({ outcome: 'good', proof: 'readable' }), '/ping/abc'],
  ['suspicious', exampleRun({ outcome: 'good', proof: 'stored' }), '/ping/abc/fail'],
  ['suspicious', exampleRun({ outcome: 'good' }, ['proof']), '/ping/abc/fail'],
] as const) {
  const { outcome = 'running', proof = 'nothing' } = run.result ?? {};
  test(`a ping of "${kind}" (${outcome}, ${proof} proven) goes to ${path}, with the id of the run`, async () => {
    const { path: found, method, body } = await arrive('ping', { url: url('/ping/abc') }, exampleNotice({ kind, run }));
    assert.equal(found.split('?')[0], path);
    assert.match(found, RID);
    assert.equal(method, 'POST');
    if (run.result) assert.match(body, new RegExp(`\nexit status ${run.result.exitCode}\n`));
  });
}

test('start and end of a run have one id, another run has another', async () => {
  const [run, other] = [exampleRun(), { ...exampleRun(), run: '2026-05-08T02-00-03-zzzz' }];
  const ids: string[] = [];
  for (const [kind, each] of [
    ['start', run],
    ['success', exampleRun({ outcome: 'good' })],
    ['success', other],
  ] as const) {
    place.arrived.length = 0;
    const { path } = await arrive('ping', { url: url('/p') }, exampleNotice({ kind, run: each }));
    ids.push(RID.exec(path)?.[0] ?? '');
  }
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
});

test('the first ping of a check is a plain success', async () => {
  const { path } = await arrive('ping', { url: url('/ping/abc') }, exampleNotice({ kind: 'test' }));
  assert.equal(path, '/ping/abc');
});

for (const [address, kind, path] of [
  // As Uptime Kuma shows it.
  ['/api/push/K?status=up&msg=OK&ping=', 'failure', '/api/push/K?status=down&msg=a%20%26%20b&ping=10000'],
  ['/api/push/K', 'success', '/api/push/K?status=up&msg=a%20%26%20b&ping=10000'],
  // Better Stack.
  [`/heartbeat/K/$\{code}`, 'failure', '/heartbeat/K/3'],
  [`/heartbeat/K/$\{code}`, 'success', '/heartbeat/K/0'],
  [`/x/$\{kind}?m=$\{title}`, 'start', '/x/start?m=a%20%26%20b'],
] as const) {
  test(`a ping of "${kind}" to ${address} asks for ${path}`, async () => {
    const run = exampleRun({ outcome: kind === 'failure' ? 'partial' : 'good', exitCode: kind === 'failure' ? 3 : 0 });
    const { path: found, method } = await arrive(
      'ping',
      { url: url(address) },
      exampleNotice({ kind, run, title: 'a & b' }),
    );
    assert.deepEqual([method, found], ['GET', path]);
  });
}

test('a check is told of a start only where it has a place for it', async () => {
  const start = exampleNotice({ kind: 'start' });
  const told = async (settings: Record<string, unknown>) =>
    (await open('ping', settings)).unusable?.(start) === undefined;
  assert.equal(await told({ url: url('/p') }), true);
  assert.equal(await told({ url: url('/p'), start: false }), false);
  assert.equal(await told({ url: url('/api/push/K') }), false);
  assert.equal(await told({ url: url(`/$\{code}`) }), false);
  assert.equal(await told({ url: url(`/$\{kind}`) }), true);
});

test('a template of a webhook is filled in so that it stays JSON, whatever the texts hold', async () => {
  const template = `{"text":"*$\{title}*\\n$\{lines}","tags":["$\{kind}","$\{environment}"]}`;
  const notifier = await open('webhook', { url: url('/h'), template });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.array(fc.string()), async (title, lines) => {
      place.arrived.length = 0;
      await notifier.send(exampleNotice({ title, lines }), { signal: AbortSignal.timeout(5000) });
      const text = JSON.parse(place.arrived[0]?.body ?? '').text as string;
      assert.equal(text, `*${title}*\n${lines.join('\n')}`.toWellFormed());
    }),
    { numRuns: 25 },
  );
  assert.equal(place.arrived[0]?.headers['content-type'], 'application/json');
});

test('a webhook has the headers and the method that were asked for', async () => {
  const headers = 'Authorization: Bearer x:y\nContent-Type: text/x-own; charset=utf-8\n';
  const settings = { url: url('/h'), template: `$\{title}: $\{code}`, headers, method: 'PUT' };
  const { method, body, headers: found } = await arrive('webhook', settings, exampleNotice({ title: 'a "b"' }));
  assert.deepEqual([method, body], ['PUT', 'a "b": 1']);
  assert.deepEqual([found.authorization, found['content-type']], ['Bearer x:y', 'text/x-own; charset=utf-8']);
});

test('a webhook without a template gets all fields as JSON', async () => {
  const run = exampleRun({ outcome: 'partial', exitCode: 3 });
  const { body } = await arrive('webhook', { url: url('/h') }, exampleNotice({ run, lines: ['a', 'b'] }));
  assert.deepEqual(JSON.parse(body), {
    kind: 'failure',
    title: exampleNotice().title,
    lines: 'a\nb',
    command: 'holdfast logs 2026-05-07T02-00-00-abcd',
    environment: 'production',
    host: 'shop-1',
    time: '2026-05-07T02:00:10Z',
    run: '2026-05-07T02-00-03-a1b2',
    set: '2026-05-07T02-00',
    status: 'down',
    code: '3',
    milliseconds: '10000',
  });
});

test('ntfy gets the topic, a title, and a priority by what happened', async () => {
  const looks: [NoticeKind, number, string][] = [
    ['success', 2, 'white_check_mark'],
    ['failure', 4, 'rotating_light'],
    ['suspicious', 4, 'warning'],
  ];
  for (const [kind, priority, tag] of looks) {
    place.arrived.length = 0;
    const settings = { url: url('/my-topic?auth=x'), token: 'tk_abc' };
    const { path, headers, body } = await arrive('ntfy', settings, exampleNotice({ kind, title: 'Größe' }));
    const sent = JSON.parse(body);
    assert.deepEqual([path, headers.authorization], ['/?auth=x', 'Bearer tk_abc']);
    assert.deepEqual([sent.topic, sent.title, sent.priority, sent.tags], ['my-topic', 'Größe', priority, [tag]]);
  }
});

test('a text for Slack wakes nobody and keeps its command when it is cut', async () => {
  const lines = ['<!channel> & <@U1>', 'x'.repeat(5000)];
  const { body } = await arrive('slack', { url: url('/s') }, exampleNotice({ lines, title: 'a <b>' }));
  const { text } = JSON.parse(body) as { text: string };
  assert.match(text, /^🚨 \*a &lt;b&gt;\*\n&lt;!channel&gt; &amp; &lt;@U1&gt;\nx/);
  assert.match(text, /…\n`holdfast logs 2026-05-07T02-00-00-abcd`$/);
  assert.ok(text.length <= 2000);
});

for (const [kind, settings, message] of [
  ['ping', { url: `http://h/$\{nothing}` }, /names 1 fields that no message has/],
  ['webhook', { url: 'http://h', template: `{"a": "$\{sesame}"}` }, /names 1 fields that no message has/],
  ['webhook', { url: 'http://h', template: `{"sesame": $\{title}}` }, /is not JSON when filled in/],
  ['webhook', { url: 'http://h', headers: 'sesame' }, /a header that cannot be read/],
  ['ntfy', { url: 'http://h/' }, /names no topic/],
  ['mail', { url: 'smtp://u:sesame@h' }, /does not know who its mails are to/],
  ['mail', { url: 'smtp://u:sesame@h', to: 'a@b' }, /does not know who its mails are from/],
] as const) {
  test(`${kind} refuses settings that do not go together: ${message.source}`, async () => {
    await assert.rejects(open(kind, settings), (error) => {
      assert.ok(error instanceof Failure && error.code === 'settings', String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /sesame/);
      return true;
    });
  });
}
