import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { readCatalog } from '../../../scripts/sets/catalog.ts';
import { openSet } from '../../../scripts/sets/reader.ts';
import { verifyIntact } from '../../../scripts/sets/verify.ts';
import { localStorage } from '../../../scripts/storage/local.ts';
import { quiet, sourceOfFile, temporaryFolder, writeExampleSet } from './example-set.ts';

const program = new URL('set-writing-run.ts', import.meta.url).pathname;

test('runs that are killed at random moments leave whole sets alone, and the next run cleans up', async (context) => {
  const folder = join(await temporaryFolder(context), 'backups');
  const storage = localStorage({ folder });
  await writeExampleSet(storage, new Date('2026-01-01T00:00:00Z'), { environment: 'old' });
  for (let round = 0; round < 25; round += 1) {
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await setTimeout(Math.random() * 120);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const entry of await readCatalog(storage, sourceOfFile)) {
      assert.ok(entry.state === 'complete' || entry.state === 'partial', `${entry.name} is ${entry.state}`);
      if (entry.state !== 'complete') continue;
      const found = await verifyIntact(await openSet(storage, entry.name, sourceOfFile), quiet);
      assert.ok(found.intact, `round ${round}: ${entry.name}`);
    }
  }
  const last = spawn(process.execPath, [program, folder, '1'], { stdio: 'inherit' });
  assert.deepEqual(await once(last, 'exit'), [0, null]);
  const names = await readdir(folder);
  assert.ok(names.includes('2026-01-01T00-00'), 'the set of another environment is still there');
  assert.deepEqual(
    names.filter((name) => name.startsWith('.') && !/^\.lock-(new|heir)-/.test(name)),
    [],
  );
  assert.deepEqual(
    names.filter((name) => name.endsWith('.partial')),
    [],
  );
});
