import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../scripts/common/secret.ts';
import type { Lab } from '../../scripts/engines/engine.ts';
import { allEngines } from '../../scripts/engines/select.ts';
import type { EngineSubject } from './engines.ts';
import { assertFails } from './engines-failure.ts';

/** What engines with containers must do for throw-away ones. */
export function lab({ engine, environment, service, image }: EngineSubject): void {
  const own = engine.lab as Lab;
  const order = () => ({
    name: `holdfast-drill-contract-${randomBytes(4).toString('hex')}`,
    image,
    env: { LAB_SECRET: new Secret('moon & sun'), LAB_WORD: 'open' },
    labels: { 'holdfast.drill.host': 'contract' },
    argv: ['sleep', '1000'],
  });

  test('lab: an image that is held is known, another is undefined, and one that cannot be had is not found', async () => {
    assert.ok(await own.image(image));
    const nowhere = 'localhost:1/holdfast-nowhere:1';
    assert.equal(await own.image(nowhere), undefined);
    await assertFails(own.pull(nowhere), 'not-found');
  });

  test('lab: a throw-away container has no network but its own loopback, and gets its variables by name', async () => {
    const wanted = order();
    const id = await own.start(wanted);
    try {
      const print = 'cat /proc/net/dev; echo "$LAB_SECRET $LAB_WORD"; cat /proc/1/cmdline';
      const { stdout } = await engine.run(id, { argv: ['sh', '-c', print] });
      assert.deepEqual(
        [...stdout.matchAll(/^ *(\w+):/gm)].map(([, name]) => name),
        ['lo'],
      );
      assert.match(stdout, /^moon & sun open$/m);
      const [found, ...others] = (await own.throwaways()).filter(({ name }) => name === wanted.name);
      assert.deepEqual(others, []);
      assert.equal(found?.id, id);
      assert.equal(found.labels['holdfast.drill.host'], 'contract');
    } finally {
      await own.remove(id);
    }
    assert.equal(
      (await own.throwaways()).some(({ name }) => name === wanted.name),
      false,
    );
    await own.remove(wanted.name);
  });

  test('lab: a container that is no throw-away one is never removed', async () => {
    await assertFails(own.remove(service), 'refused');
    assert.equal((await engine.inspect(service)).running, true);
  });

  test('lab: a container that cannot be started leaves nothing', async () => {
    const wanted = { ...order(), argv: ['/holdfast-nowhere'] };
    await assert.rejects(own.start(wanted));
    assert.equal(
      (await engine.list()).some(({ name }) => name === wanted.name),
      false,
    );
  });

  if (engine.name !== 'podman') return;

  test('lab: a folder of this machine that settings of podman give to every container is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-lab-'));
    try {
      const settings = join(folder, 'containers.conf');
      const usual = await readFile('/etc/containers/containers.conf', 'utf8').catch(() => '');
      const section = `[containers]\nvolumes = ["${folder}:/given"]`;
      const given = usual.includes('[containers]') ? usual.replace('[containers]', section) : `${usual}\n${section}\n`;
      await writeFile(settings, given);
      const generous = allEngines({ ...environment, CONTAINERS_CONF: settings });
      const wanted = order();
      const start = generous.find(({ name }) => name === engine.name)?.lab?.start(wanted) ?? Promise.resolve('');
      const failure = await assertFails(start, 'refused');
      assert.ok(failure.message.includes(folder), failure.message);
      assert.equal(
        (await engine.list()).some(({ name }) => name === wanted.name),
        false,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
