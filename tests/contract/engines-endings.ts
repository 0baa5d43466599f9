import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from '../../scripts/engines/engine.ts';
import type { EngineSubject } from './engines.ts';
import { assertFails } from './engines-failure.ts';
import { waitForProcess } from './processes.ts';

let marks = 0;
/** A number that no other process has among its arguments. */
const mark = () => {
  marks += 1;
  return `${process.pid}${String(Date.now()).slice(-8)}${marks}`;
};
/** A program that writes until it is ended. */
const endless = (count: string): Command => ({ argv: ['dd', 'if=/dev/zero', 'bs=65536', `count=${count}`] });
const CHILD = fileURLToPath(new URL('engines-child.ts', import.meta.url));

/** All the ways in which a program does not end by itself. */
export function endings({ engine, service, environment }: EngineSubject): void {
  const gone = async (text: string) =>
    assert.ok(await waitForProcess(text, 'gone', 5000), 'a process is left after five seconds');
  const there = async (text: string) => assert.ok(await waitForProcess(text, 'there', 20_000), 'it did not start');

  for (const code of [1, 3]) {
    test(`half the output and exit code ${code} is a failed tool with its last words`, async () => {
      const argv = ['sh', '-c', `head -c 300000 /dev/zero; echo no space >&2; exit ${code}`] as [string, ...string[]];
      const { stream, seal } = engine.read(service, { argv });
      const failure = await assertFails(consume(stream), 'tool-failed');
      assert.equal(failure.detail, 'no space');
      assert.match(failure.message, new RegExp(`"sh" ended with exit code ${code}`));
      assert.equal(await seal.catch((error) => error), failure);
    });
  }

  test('half the output and exit code 0 is what the program said: the seal passes it on', async () => {
    const { stream, seal } = engine.read(service, { argv: ['head', '-c', '300000', '/dev/zero'] });
    assert.equal(await consume(stream), 300_000);
    assert.equal((await seal).bytes, 300_000);
  });

  test('a program that is killed in the middle of a stream is a failed tool', async () => {
    const argv = ['sh', '-c', 'head -c 300000 /dev/zero; kill -KILL $$'] as [string, ...string[]];
    const failure = await assertFails(consume(engine.read(service, { argv }).stream), 'tool-failed');
    assert.match(failure.message, /SIGKILL/);
  });

  test('a stream of a program that is not there is a missing tool', async () => {
    await assertFails(consume(engine.read(service, { argv: ['pg_nothing'] }).stream), 'tool-missing');
  });

  test('a program that hangs is ended in time, on both sides', async () => {
    const number = mark();
    const begun = Date.now();
    await assertFails(engine.run(service, { argv: ['sleep', number] }, { timeoutMs: 700 }), 'timeout');
    await assertFails(consume(engine.read(service, { argv: ['sleep', number] }, { timeoutMs: 700 }).stream), 'timeout');
    const input = Readable.from([Buffer.alloc(5e6)]);
    await assertFails(engine.write(service, { argv: ['sleep', number] }, input, 5e6, { timeoutMs: 700 }), 'timeout');
    assert.ok(Date.now() - begun < 40_000);
    await gone(number);
  });

  test('a program that does not listen to TERM is ended all the same', async () => {
    const number = mark();
    const argv = ['sh', '-c', `trap "" TERM; sleep ${number}`] as [string, ...string[]];
    await assertFails(consume(engine.read(service, { argv }, { timeoutMs: 700 }).stream), 'timeout');
    await gone(number);
  });

  test('an abort ends a running stream on both sides, a call that was aborted before fails', async () => {
    const number = mark();
    const abort = new AbortController();
    const { stream, seal } = engine.read(service, endless(number), { signal: abort.signal });
    await once(stream, 'readable');
    abort.abort();
    await assertFails(consume(stream), 'interrupted');
    await assertFails(seal, 'interrupted');
    await gone(number);
    await assertFails(engine.run(service, { argv: ['true'] }, { signal: abort.signal }), 'interrupted');
    await assertFails(
      engine.write(service, { argv: ['cat'] }, Readable.from([]), 5, { signal: abort.signal }),
      'interrupted',
    );
  });

  test('a reader that goes away ends the program', async () => {
    const number = mark();
    const { stream, seal } = engine.read(service, endless(number));
    await once(stream, 'readable');
    stream.destroy();
    await assertFails(seal, 'broken-stream');
    await gone(number);
  });

  test('a reader that waits holds the program up, and gets everything in the end', async () => {
    const { stream, seal } = engine.read(service, { argv: ['head', '-c', '20000000', '/dev/zero'] });
    let count = 0;
    for await (const chunk of stream) {
      if (count === 0) await sleep(1500);
      count += chunk.length;
    }
    assert.equal((await seal).bytes, count);
  });

  for (const call of ['read', 'write', 'open'] as const) {
    test(`kill -9 of this side in mid-${call} leaves no process on either`, async () => {
      const number = mark();
      // an output that never ends, an input that is taken, a conversation
      const program = call === 'read' ? endless(number).argv : ['sh', '-c', 'cat >/dev/null', number];
      const argv = [CHILD, engine.name, service, call, ...program];
      const child = spawn(process.execPath, argv, { env: { ...environment }, stdio: ['ignore', 'inherit', 'inherit'] });
      // its own command line holds the number as well: wait for what only the program's has
      const trace = call === 'read' ? `/dev/zero bs=65536 count=${number}` : `cat >/dev/null ${number}`;
      await there(trace);
      await sleep(1500);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await gone(number);
    });
  }
}

async function consume(stream: Readable): Promise<number> {
  let count = 0;
  for await (const chunk of stream) count += chunk.length;
  return count;
}
