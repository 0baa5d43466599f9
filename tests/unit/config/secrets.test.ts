import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Failure } from '../../../scripts/common/failure.ts';
import { load, type Setup } from './folder.ts';

/** A password with the characters that URLs, YAML and dotenv give a meaning to; its core is what must not show up. */
const CORE = 'Kw7zQ9xJ';
const special = fc.string({
  unit: fc.constantFrom(...'@:/?#%[]{}&=+ "\'`\\$|>*!,;<-~^', 'a', '1', '%4', '${', '\t'),
  maxLength: 6,
});
const password = fc
  .tuple(special, special)
  .map(([before, after]) => `${before}${CORE}${after}`)
  // Such a text is the name of a variable, which errors do show.
  .filter((secret) => !/\$\{\w+\}/.test(secret));

/** Every way to get a password wrong: not encoded, not quoted, in the wrong place. */
const SETUPS: readonly ((secret: string) => Setup)[] = [
  (secret) => ({ files: { '.env': `POSTGRES_URL=postgres://u:${secret}@h:x/d\n` } }),
  (secret) => ({ files: { '.env': `POSTGRES_URL='postgres://u:${secret}@h/d?a'\nBACKUP_PARALLEL=0\n` } }),
  (secret) => ({ files: { '.env': `MONGO_URL="mongodb://u:${secret}@h:0/d"\n` } }),
  (secret) => ({ files: { '.env': `MONGO_CONTAINER='mongodb://u:${secret}@h'\n` } }),
  (secret) => ({ files: { '.env': `POSTGRES_PASSWORD=${secret}\nBACKUP_X=1\n` } }),
  (secret) => ({ files: { '.env': `BACKUP_AGE_RECIPIENTS='${secret}'\n` } }),
  (secret) => ({ environment: { POSTGRES_URL: `postgres://u:${secret}@h:5432x/d` } }),
  (secret) => ({ environment: { MONGO_URL: `http://u:${secret}@h` } }),
  (secret) => ({ environment: { MONGO_URL: `mongodb://h/?a=${secret}&tlsCertificateKeyFilePassword=${secret}` } }),
  (secret) => ({ files: { 'holdfast.yaml': `postgres:\n  - url: postgres://u:${secret}@h:x/d\n` } }),
  (secret) => ({ files: { 'holdfast.yaml': `postgres:\n  - password:${secret}\n` } }),
  (secret) => ({ files: { 'holdfast.yaml': `postgres:\n  - password: ${secret}\n` } }),
  (secret) => ({ files: { 'holdfast.yaml': `postgres: ${secret}\n` } }),
  (secret) => ({ files: { 'holdfast.yaml': `postgres:\n  - host: postgres://u:${secret}@h\n` } }),
  (secret) => ({ files: { 'holdfast.yaml': `postgres:\n  - postgres://u:${secret}@h: x\n` } }),
  (secret) => ({ files: { 'holdfast.yaml': `parallel: \${PW}\n` }, environment: { PW: secret } }),
  (secret) => ({ files: { 'holdfast.yaml': `mongo: [{host: "x@\${PW}"}]\n` }, environment: { PW: secret } }),
];

for (const [index, setup] of SETUPS.entries()) {
  test(`no part of a password is in an error or shown by the settings, way ${index + 1}`, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(password, async (secret) => {
        const shown = await load(setup(secret)).catch((error: unknown) => {
          assert.ok(error instanceof Failure && error.code === 'settings', String(error));
          refused++;
          return error;
        });
        assert.ok(!inspect(shown, { depth: 9 }).includes(CORE), inspect(shown));
        assert.ok(!JSON.stringify(shown).includes(CORE));
      }),
      { numRuns: 40 },
    );
    assert.ok(refused > 0, 'nothing was refused, so that no error was looked at');
  });
}
