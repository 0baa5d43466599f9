import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Failure, type FailureCode } from '../../scripts/common/failure.ts';
import type { Engine } from '../../scripts/engines/engine.ts';
import { allEngines } from '../../scripts/engines/select.ts';
import { run } from '../stack/run.ts';
import type { EngineSubject } from './engines.ts';
import { failureOf } from './engines-failure.ts';

/** What a client that lies does to the output of a real one; all of them exit with 0. */
const LIES: Readonly<Record<string, { filter: string; code: FailureCode; patience?: number }>> = {
  'cuts the stream': { filter: 'head -c 50000', code: 'broken-stream' },
  'loses the seal': { filter: 'head -c -187', code: 'broken-stream' },
  'loses a byte in the middle': { filter: '{ head -c 1000; head -c 1 >/dev/null; cat; }', code: 'broken-stream' },
  'changes a byte': { filter: 'tr "\\001" "\\002"', code: 'broken-stream' },
  'adds a line': { filter: '{ cat; echo bye; }', code: 'broken-stream' },
  'turns line ends into CRLF': { filter: "sed 's/$/\\r/'", code: 'broken-stream' },
  'says nothing': { filter: 'cat >/dev/null', code: 'broken-stream' },
  'hangs before the end': { filter: '{ head -c 1000; sleep 1000; }', code: 'timeout', patience: 1500 },
};

/** A client between us and the engine that does not tell the truth, and says that all went well. */
export function liars({ environment, service, engine }: EngineSubject): void {
  let folder = '';
  let real = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-liar-'));
    real = (await run('sh', ['-c', 'command -v "$1"', 'sh', engine.name])).trim();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** The same engine through a client that passes what "exec" prints through a filter. */
  async function liar(filter: string): Promise<Engine> {
    const text = `#!/bin/sh\n[ "$1" = exec ] || exec ${real} "$@"\n${real} "$@" | ${filter}\nexit 0\n`;
    await writeFile(join(folder, engine.name), text);
    await chmod(join(folder, engine.name), 0o755);
    const found = allEngines({ ...environment, PATH: `${folder}:${environment.PATH}` });
    return found.find(({ name }) => name === engine.name) ?? assert.fail();
  }
  const command = {
    argv: ['sh', '-c', 'for n in 1 2 3; do printf "%50000s\\001\\n" x; done'] as [string, ...string[]],
  };

  test('a client that tells the truth passes through the same filter', async () => {
    const { stream, seal } = (await liar('cat')).read(service, command);
    stream.resume();
    assert.equal((await seal).bytes, 150_006);
  });

  for (const [lie, { filter, code, patience = 60_000 }] of Object.entries(LIES)) {
    test(`a client that ${lie} and exits with 0 is not believed`, async () => {
      const lying = await liar(filter);
      const { stream, seal } = lying.read(service, command, { timeoutMs: patience });
      stream.resume().on('error', (error) => assert.ok(error instanceof Failure));
      assert.equal((await failureOf(seal)).code, code);
      const short = await failureOf(lying.run(service, command, { timeoutMs: patience }));
      assert.equal(short.code, code);
    });
  }
}
