import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../scripts/common/secret.ts';
import { SECRET_FILE } from '../../scripts/engines/engine.ts';
import type { EngineSubject } from './engines.ts';
import { assertFails } from './engines-failure.ts';
import { commandLines } from './processes.ts';

/** Passwords reach programs, and nobody else. */
export function secrets({ engine, service, image }: EngineSubject): void {
  test('a secret file is read once, by its program, to its end', async () => {
    for (const content of ['pass word\n"$`\\', '', 'x'.repeat(30_000)]) {
      const argv = ['sh', '-c', 'cat "$0"; env | grep -c HOLDFAST_SECRET', SECRET_FILE] as [string, ...string[]];
      const { stdout } = await engine.run(service, { argv, secretFile: new Secret(content) });
      assert.equal(stdout, `${content}0\n`);
    }
  });

  test('a program may leave its secret file unread', async () => {
    const secretFile = new Secret('x'.repeat(100_000));
    assert.equal((await engine.run(service, { argv: ['true'], secretFile })).code, 0);
  });

  // The host engine runs everything as the caller.
  if (image !== '')
    test('a program that is another user can read its secret file and write its output', async () => {
      const command = { argv: ['sh', '-c', 'id -u; cat "$0"', SECRET_FILE] as [string, ...string[]], user: '1000' };
      const { stream } = engine.read(service, { ...command, secretFile: new Secret('word') });
      assert.equal(Buffer.concat(await stream.toArray()).toString(), '1000\nword');
    });

  test('no secret is ever among the arguments of a process', async () => {
    const secret = () => new Secret(randomBytes(12).toString('hex'));
    const [variable, file, input] = [secret(), secret(), secret()];
    const hidden = [variable, file, input].map((one) => one.reveal());
    const script = 'sleep 1; printf "%s " "$PASSWORD"; cat /dev/fd/8; printf " "; cat; sleep 1';
    const argv = ['sh', '-c', script, 'sh', 'seen-by-all'] as [string, ...string[]];
    const command = { argv, env: { PASSWORD: variable }, secretFile: file };
    let isRunning = true;
    const running = engine.run(service, command, { input }).finally(() => {
      isRunning = false;
    });
    let sightings = 0;
    while (isRunning) {
      const lines = await commandLines();
      for (const word of hidden) assert.ok(!lines.some((line) => line.includes(word)), 'a secret among the arguments');
      if (lines.some((line) => line.includes('seen-by-all'))) sightings += 1;
      await sleep(5);
    }
    assert.equal((await running).stdout, hidden.join(' '));
    assert.ok(sightings > 5, `looked only ${sightings} times while it ran`);
  });

  test('a failure never shows a secret', async () => {
    const secret = new Secret('tell-no-one');
    const command = { argv: ['pg_nothing'] as [string], env: { PGPASSWORD: secret }, secretFile: secret };
    const failure = await assertFails(engine.run(service, command, { input: secret }), 'tool-missing');
    assert.doesNotMatch(JSON.stringify({ ...failure, message: failure.message }), /tell-no-one/);
  });
}
