import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureCode } from '../../../scripts/common/failure.ts';
import { explainClient } from '../../../scripts/engines/client-words.ts';

/** What real clients said: docker 20.10 and 28, podman 4.3. */
const WORDS: readonly [string, 'docker' | 'podman', FailureCode][] = [
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'docker',
    'unreachable',
  ],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied',
    'docker',
    'denied',
  ],
  [
    'Cannot connect to Podman. Please verify your connection to the Linux system using `podman system connection list`',
    'podman',
    'unreachable',
  ],
  ['Error response from daemon: No such container: shop', 'docker', 'unreachable'],
  ['Error: no container with name or ID "shop" found: no such container', 'podman', 'unreachable'],
  ['Error response from daemon: Container 0123 is not running', 'docker', 'unreachable'],
  ['Error response from daemon: Container 0123 is paused, unpause the container before exec', 'docker', 'unreachable'],
  ['Error: can only create exec sessions on running containers: container state improper', 'podman', 'unreachable'],
  [
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown',
    'docker',
    'tool-missing',
  ],
];

for (const [words, name, code] of WORDS) {
  test(`${name}: "${words.slice(0, 60)}..." means ${code}`, () => {
    const failure = explainClient({ name, service: 'shop' }, name, { code: 125, stderr: `${words}\n` });
    assert.equal(failure?.code, code);
    assert.equal(failure?.detail, words);
  });
}

test('a client that is not installed is a missing tool and named', () => {
  const problem = Object.assign(new Error('spawn docker ENOENT'), { code: 'ENOENT' });
  const failure = explainClient({ name: 'docker', service: '' }, 'docker', { problem, stderr: '' });
  assert.equal(failure?.code, 'tool-missing');
  assert.match(failure?.message ?? '', /"docker" is not installed/);
});

test('a client that ended well, or with words that nobody knows, explains nothing', () => {
  assert.equal(
    explainClient({ name: 'docker', service: '' }, 'docker', { code: 0, stderr: 'No such container' }),
    undefined,
  );
  assert.equal(explainClient({ name: 'docker', service: '' }, 'docker', { code: 1, stderr: 'odd' }), undefined);
});
