import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exchangePlace } from '../../../../scripts/datastores/files/exchange.ts';
import { generationPath, type Place } from '../../../../scripts/datastores/files/place.ts';
import type { Exchange } from '../../../../scripts/datastores/generation.ts';
import { temporary } from './trees.ts';

const STAMP = '20261122_044957';
const exchange: Exchange = {
  database: 'data',
  fresh: { part: 'new', stamp: STAMP },
  kept: { part: 'before', stamp: STAMP },
};
const WAYS = { beside: undefined, within: 'it is a mount point' } as const;

function placeIn(folder: string, inside: string | undefined): Place {
  return { target: 'data', live: join(folder, 'data'), linkedFrom: undefined, exists: true, inside };
}

async function prepared(folder: string, place: Place): Promise<void> {
  await mkdir(join(place.live, 'sub'), { recursive: true });
  const made = generationPath(place, { part: 'new', stamp: STAMP });
  const make = 'echo old > "$1/a"; echo old > "$1/sub/b"; mkdir "$2"; echo new > "$2/a"; echo new > "$2/c"';
  execFileSync('sh', ['-e', '-c', make, 'sh', place.live, made], { cwd: folder });
}

function content(folder: string): string {
  return execFileSync('sh', ['-c', 'cd "$1" && find . -type f | sort | xargs grep -H .', 'sh', folder], {
    encoding: 'utf8',
  })
    .trim()
    .replaceAll('\n', ' ');
}

for (const [name, inside] of Object.entries(WAYS)) {
  test(`an exchange ${name} puts the new in place and keeps the old, once and no further`, async (context) => {
    const folder = await temporary(context);
    const place = placeIn(folder, inside);
    await prepared(folder, place);
    const kept = generationPath(place, exchange.kept);
    for (let time = 0; time < 2; time += 1) {
      await exchangePlace(place, exchange);
      assert.equal(await readFile(join(place.live, 'c'), 'utf8'), 'new\n');
      assert.equal(content(kept), './a:old ./sub/b:old');
    }
    const back = {
      database: 'data',
      fresh: exchange.kept,
      kept: { part: 'before', stamp: '20261122_050000' },
    } as const;
    await exchangePlace(place, back);
    assert.equal(content(generationPath(place, back.kept)), './a:new ./c:new');
    assert.equal(await readFile(join(place.live, 'sub/b'), 'utf8'), 'old\n');
  });

  test(`an exchange ${name} that was broken off after any rename is ended by the next one`, async (context) => {
    for (let renames = 0; renames < 8; renames += 1) {
      const folder = await temporary(context);
      const place = placeIn(folder, inside);
      await prepared(folder, place);
      const script = new URL('exchange-killed.ts', import.meta.url).pathname;
      execFileSync(process.execPath, [script, JSON.stringify({ place, exchange, renames })]);
      await exchangePlace(place, exchange);
      assert.equal(await readFile(join(place.live, 'c'), 'utf8'), 'new\n', `after ${renames} renames`);
      assert.equal(await readFile(join(place.live, 'a'), 'utf8'), 'new\n', `after ${renames} renames`);
      assert.equal(content(generationPath(place, exchange.kept)), './a:old ./sub/b:old', `after ${renames} renames`);
    }
  });
}
