import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type HttpCall, type Rebuild, runRebuild, wordCall } from '../../../scripts/around/rebuild.ts';
import { Failure } from '../../../scripts/common/failure.ts';
import { Secret } from '../../../scripts/common/secret.ts';
import { noSignal, surroundings, testFolder } from './folder.ts';

const folder = testFolder();
const place = surroundings(folder);
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const command = (run: string, more: Partial<Rebuild> = {}): Rebuild => ({
  ...{
    name: 'search',
    from: [],
    call: { kind: 'run', run },
    progress: undefined,
    check: undefined,
    timeoutSeconds: 30,
  },
  ...more,
});
const call = (url: string, more: Partial<HttpCall> = {}): HttpCall => ({
  ...{ kind: 'http', url, method: 'POST', headers: [], body: undefined },
  ...more,
});
const rebuild = async (one: Rebuild, signal = noSignal()) => {
  const told: string[] = [];
  const output = await runRebuild(one, place, { signal, tell: (words) => told.push(words) });
  return { output, told };
};

test('a command makes it anew, and its output is given', async () => {
  const { output } = await rebuild(command('echo made; touch made'));
  assert.equal(output, 'made');
  assert.equal(readFileSync(join(folder, 'made'), 'utf8'), '');
});

test('how far it is is told while it runs, and only when that changes; a command that cannot tell does no harm', async () => {
  const counting = 'n=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n >count; echo "half of it: $((n / 2)) of 9"';
  const { told } = await rebuild(command('sleep 9', { progress: counting }));
  assert.ok(told.length >= 2 && told.length <= 4, JSON.stringify(told));
  assert.deepEqual(told, [...new Set(told)]);
  assert.match(told[0] ?? '', /^half of it: \d of 9$/);
  await rebuild(command('sleep 3', { progress: 'echo lost; exit 1' }));
});

test('a request with its header and body makes it anew', async () => {
  const seen: unknown[] = [];
  const url = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      seen.push([request.method, request.url, request.headers.authorization, Buffer.concat(chunks).toString()]);
      response.writeHead(202).end('{"taskUid":7}');
    });
  });
  const headers = [new Secret('Authorization: Bearer sesame')];
  await rebuild(command('', { call: call(`${url}/index`, { method: 'PUT', headers, body: '{"all":true}' }) }));
  assert.deepEqual(seen, [['PUT', '/index', 'Bearer sesame', '{"all":true}']]);
});

test('work that a request only begins is waited for by the check', async () => {
  let asked = 0;
  const url = await listen((request, response) => {
    if (request.url === '/stats') asked += 1;
    response.end(request.url === '/stats' ? `{"documents":${asked < 3 ? 10 : 4000}}` : 'begun');
  });
  const stats = { status: undefined, contains: '"documents":4000', seconds: 20 };
  const check = { kind: 'http', name: 'count', url: `${url}/stats`, ...stats } as const;
  await rebuild(command('', { call: call(`${url}/index`), check }));
  assert.equal(asked, 3);
  const never = { ...check, contains: '"documents":4001', seconds: 1 };
  await assert.rejects(rebuild(command('true', { check: never })), {
    code: 'unreachable',
    message: /"count" is not healthy after 1 s: status 200, but ".*4001" is not in the answer/,
  });
});

test('a request that is refused, led elsewhere, not answered or too slow is a failure that says so', async () => {
  const url = await listen((request, response) => {
    if (request.url === '/slow') return;
    response.writeHead(request.url === '/moved' ? 302 : 403, { location: '/elsewhere' }).end('no such key');
  });
  const asked = (path: string) => rebuild(command('', { call: call(`${url}${path}`), timeoutSeconds: 1 }));
  await assert.rejects(asked('/'), {
    code: 'tool-failed',
    message: /found status 403, expected 200/,
    detail: 'no such key',
  });
  await assert.rejects(asked('/moved'), { code: 'tool-failed', message: /found status 302/ });
  await assert.rejects(asked('/slow'), { code: 'timeout', message: /no answer within 1 s/ });
  const dead = command('', { call: call('http://127.0.0.1:1/') });
  await assert.rejects(rebuild(dead), { code: 'unreachable', message: 'POST http://127.0.0.1:1/: no answer' });
});

test('an abort ends the command and the looks at it', async () => {
  const stop = new AbortController();
  const reason = new Failure('interrupted', { message: 'ended by SIGINT' });
  setTimeout(() => stop.abort(reason), 300);
  await assert.rejects(rebuild(command('sleep 60', { progress: 'echo 1' }), stop.signal), reason);
});

test('for people it is its command or its request, without the secret', () => {
  assert.equal(wordCall(command('make reindex\nmake more')), 'make reindex');
  const headers = [new Secret('Authorization: Bearer sesame')];
  assert.equal(wordCall(command('', { call: call('http://x/index', { headers }) })), 'POST http://x/index');
});
