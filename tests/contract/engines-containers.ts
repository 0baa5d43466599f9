import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { LABELS } from './containers.ts';
import type { EngineSubject } from './engines.ts';
import { assertFails } from './engines-failure.ts';

/** What only engines with containers must do. The last of them stops the container. */
export function containers({ engine, service, image, restart, stop }: EngineSubject): void {
  test('the list shows name, image, state and labels with commas', async () => {
    const found = (await engine.list()).find(({ name }) => name === service);
    assert.ok(found);
    assert.match(found.id, /^[0-9a-f]{64}$/);
    assert.equal(found.image, image);
    assert.equal(found.state, 'running');
    for (const [name, value] of Object.entries(LABELS)) assert.equal(found.labels[name], value);
    assert.ok(!('environment' in found), 'the list shows what may be secret');
  });

  test('a close look shows environment and start, by name and by id', async () => {
    const details = await engine.inspect(service);
    assert.equal(details.environment.get('CONTRACT'), 'a=b');
    assert.equal(details.running, true);
    assert.ok(details.startedAt.startsWith('20'));
    assert.deepEqual(await engine.inspect(details.id), details);
  });

  test('the engine tells its version', async () => {
    assert.match(await engine.version(), /^\d+\.\d+/);
  });

  test('a container that is not there is named', async () => {
    const name = 'holdfast-nowhere';
    const failures = [
      await assertFails(engine.inspect(name), 'not-found'),
      await assertFails(engine.run(name, { argv: ['true'] }), 'unreachable'),
      await assertFails(engine.read(name, { argv: ['true'] }).stream.toArray(), 'unreachable'),
      await assertFails(engine.write(name, { argv: ['cat'] }, Readable.from(['x']), 1), 'unreachable'),
    ];
    for (const { message } of failures) assert.match(message, /"holdfast-nowhere"/);
  });

  for (const name of ['PATH', 'HOME', 'DOCKER_HOST', 'not a name', '']) {
    test(`the variable "${name}" is not handed to a client that would take it for itself`, async () => {
      await assertFails(engine.run(service, { argv: ['true'], env: { [name]: 'x' } }), 'internal');
    });
  }

  test('a restart in the middle of a stream is noticed, out and in', async () => {
    const { stream } = engine.read(service, { argv: ['cat', '/dev/zero'] });
    await once(stream, 'readable');
    stream.resume();
    const failed = assertFails(once(stream, 'end'), 'server-changed');
    await restart?.();
    await failed;
    const endless = new Readable({ read: () => void setTimeout(() => endless.push(Buffer.alloc(65_536)), 20) });
    const written = assertFails(engine.write(service, { argv: ['cat'] }, endless, 1e12), 'server-changed');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await restart?.();
    await written;
  });

  test('a container that is stopped is not running, and how to start it is said', async () => {
    await stop?.();
    const failure = await assertFails(engine.run(service, { argv: ['true'] }), 'unreachable');
    assert.match(failure.hint ?? '', /start holdfast-contract/);
    await assertFails(engine.read(service, { argv: ['true'] }).stream.toArray(), 'unreachable');
    assert.equal((await engine.inspect(service)).running, false);
    await engine.start(service);
    assert.equal((await engine.run(service, { argv: ['true'] })).code, 0);
    await engine.stop(service);
    assert.equal((await engine.inspect(service)).state, 'exited');
  });
}
