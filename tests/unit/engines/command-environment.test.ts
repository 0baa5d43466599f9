import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../scripts/common/secret.ts';
import { commandEnvironment } from '../../../scripts/engines/command-environment.ts';

test('values are in the open, the secret file has a variable of its own', () => {
  const command = {
    argv: ['x'] as [string],
    env: { A: 'b', PGPASSWORD: new Secret('c') },
    secretFile: new Secret('d'),
  };
  assert.deepEqual(commandEnvironment(command, true), { A: 'b', PGPASSWORD: 'c', HOLDFAST_SECRET_FILE: 'd' });
});

for (const name of ['PATH', 'HOME', 'DOCKER_HOST', 'CONTAINER_HOST', 'XDG_RUNTIME_DIR', 'LD_PRELOAD', 'HOLDFAST_X']) {
  test(`${name} is for the client alone where there is one`, () => {
    const command = { argv: ['x'] as [string], env: { [name]: 'value' } };
    assert.throws(() => commandEnvironment(command, true), { code: 'internal' });
    assert.deepEqual(commandEnvironment(command, false), { [name]: 'value' });
  });
}

for (const name of ['', '1A', 'A B', 'A=B', 'A-B', 'Ä']) {
  test(`"${name}" is no name of a variable`, () => {
    assert.throws(() => commandEnvironment({ argv: ['x'], env: { [name]: 'value' } }, false), { code: 'internal' });
  });
}
