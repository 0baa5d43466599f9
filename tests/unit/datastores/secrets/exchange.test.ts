import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { Exchange, Generation } from '../../../../scripts/datastores/generation.ts';
import { exchangeSecrets } from '../../../../scripts/datastores/secrets/exchange.ts';
import { makeStages } from '../../../../scripts/datastores/secrets/stage.ts';
import { temporary } from '../files/trees.ts';

const FRESH: Generation = { part: 'new', stamp: '20261122_000001' };
const KEPT: Generation = { part: 'before', stamp: '20261122_000001' };
const FORTH: Exchange = { database: 'config', fresh: FRESH, kept: KEPT };
const BACK: Exchange = { database: 'config', fresh: KEPT, kept: FRESH };
const STAGED = '.holdfast-secrets.holdfast_new_20261122_000001/files';
const ASIDE = '.holdfast-secrets.holdfast_before_20261122_000001/files';

function sh(command: string, cwd: string): string {
  return execFileSync('sh', ['-e', '-c', command], { cwd, encoding: 'utf8' });
}

/** What is live, by name and content. */
function live(base: string): string {
  return sh('find . -path "*/.holdfast*" -prune -o -type f -print | sort | xargs -r grep -H .; true', base);
}

/** A folder with an old file that gets a new one, and a new one that was not there; one of them in a folder below. */
async function prepared(base: string): Promise<void> {
  sh('mkdir keys; echo old > .env; echo other > keys/left', base);
  await makeStages(base, [base, `${base}/keys`], FRESH);
  sh(`echo new > ${STAGED}/.env; echo fresh > keys/${STAGED}/a.pem`, base);
}

const OLD = './.env:old\n./keys/left:other\n';
const NEW = './.env:new\n./keys/a.pem:fresh\n./keys/left:other\n';

test('files change places, what was not there goes aside again, as often as it is asked for', async (context) => {
  const base = await temporary(context);
  await prepared(base);
  const place = { target: 'config', base, isHome: true, paths: [] };
  for (let round = 0; round < 2; round += 1) {
    await exchangeSecrets(place, FORTH);
    await exchangeSecrets(place, FORTH);
    assert.equal(live(base), NEW);
    await exchangeSecrets(place, BACK);
    await exchangeSecrets(place, BACK);
    assert.equal(live(base), OLD);
  }
});

/** What a run may have done before it was killed, in their order. */
const BROKEN_OFF = [
  `mkdir -p ${ASIDE}`,
  `mkdir -p ${ASIDE} keys/${ASIDE}; mv .env ${ASIDE}/.env`,
  `mkdir -p ${ASIDE} keys/${ASIDE}; mv .env ${ASIDE}/.env; mv ${STAGED}/.env .env; mkdir keys/${ASIDE}/a.pem`,
  `mkdir -p ${ASIDE} keys/${ASIDE}; mkdir keys/${ASIDE}/a.pem; mv keys/${STAGED}/a.pem keys/a.pem; rm -r keys/.holdfast-secrets.holdfast_new*`,
];

test('an exchange that was broken off is ended by the same words, and can be taken back', async (context) => {
  for (const done of BROKEN_OFF) {
    const base = await temporary(context);
    await prepared(base);
    sh(done, base);
    const place = { target: 'config', base, isHome: true, paths: [] };
    await exchangeSecrets(place, FORTH);
    assert.equal(live(base), NEW, done);
    await exchangeSecrets(place, BACK);
    assert.equal(live(base), OLD, done);
  }
});

test('a stage is closed to others and to git', async (context) => {
  const base = await temporary(context);
  sh('git init -q . 2>/dev/null || true; echo old > .env', base);
  await makeStages(base, [base], FRESH);
  assert.equal(sh(`stat -c %a .holdfast-secrets.holdfast_new_20261122_000001`, base), '700\n');
  assert.equal(sh(`cat .holdfast-secrets.holdfast_new_20261122_000001/.gitignore`, base), '*\n');
});
