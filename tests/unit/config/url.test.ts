import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Kind } from '../../../scripts/common/kinds.ts';
import { serverForm } from '../../../scripts/datastores/index.ts';
import type { ServerForm } from '../../../scripts/datastores/kind.ts';
import { parseServerUrl, UrlProblem } from '../../../scripts/datastores/server-url.ts';

const formOf = (kind: Kind) => (serverForm(kind) as ServerForm).url;

/** The parts of a URL as plain values; parts that are missing are left out. */
function parts(kind: Kind, url: string): Record<string, unknown> {
  const { password, ...rest } = parseServerUrl(formOf(kind), url);
  return JSON.parse(JSON.stringify({ ...rest, password: password?.reveal() }));
}

const GOOD: readonly [Kind, string, Record<string, unknown>][] = [
  ['postgres', 'postgres://h', { host: 'h', parameters: {} }],
  ['postgres', 'POSTGRESQL://u@h:5433/d', { host: 'h', port: 5433, user: 'u', database: 'd', parameters: {} }],
  ['postgres', 'postgres://u:p@[::1]:1/', { host: '::1', port: 1, user: 'u', password: 'p', parameters: {} }],
  ['postgres', 'postgres://u:p@s:x@h', { host: 'h', user: 'u', password: 'p@s:x', parameters: {} }],
  ['postgres', 'postgresql:///d?host=/run/postgresql', { host: '/run/postgresql', database: 'd', parameters: {} }],
  ['postgres', 'postgres://%2Frun%2Fpg/d', { host: '/run/pg', database: 'd', parameters: {} }],
  ['postgres', 'postgresql:///d', { database: 'd', parameters: {} }],
  [
    'postgres',
    'postgres://h/a?sslmode=require&user=u&password=p%26q&port=7&dbname=My%20App',
    { host: 'h', port: 7, user: 'u', password: 'p&q', database: 'My App', parameters: { sslmode: 'require' } },
  ],
  ['mongo', 'mongodb://h:27017', { host: 'h', port: 27_017, parameters: {} }],
  [
    'mongo',
    'mongodb://u:p@h/d',
    { host: 'h', user: 'u', password: 'p', database: 'd', parameters: { authSource: 'd' } },
  ],
  [
    'mongo',
    'mongodb://u@h/d?authSource=admin&replicaSet=rs0',
    { host: 'h', user: 'u', database: 'd', parameters: { authSource: 'admin', replicaSet: 'rs0' } },
  ],
  ['mongo', 'mongodb://h/d', { host: 'h', database: 'd', parameters: {} }],
];

for (const [kind, url, expected] of GOOD) {
  test(`${url} is read into its parts`, () => assert.deepEqual(parts(kind, url), expected));
}

const BAD: readonly [Kind, string, RegExp][] = [
  ['postgres', 'h:5432', /^expected a URL such as postgres:/],
  ['postgres', 'mongodb://h', /^expected a URL such as postgres:/],
  ['mongo', 'postgres://h', /^expected a URL such as mongodb:/],
  ['mongo', 'mongodb+srv://h', /^found "mongodb\+srv"/],
  ['mongo', 'mongodb:///d', /^found no host/],
  ['mongo', 'mongodb://a,b/d', /^found several hosts/],
  ['postgres', 'postgres://h:port', /^found a port/],
  ['postgres', 'postgres://h:65536', /^found a port/],
  ['postgres', 'postgres://u:a/b@h/d', /^found (a port|"@")/],
  ['postgres', 'postgres://u:1/b@h/d', /^found "@"/],
  ['postgres', 'postgres://u:1?b@h/d', /^found "@"/],
  ['postgres', 'postgres://u:1#b@h/d', /^found "@" or "#"/],
  ['postgres', 'postgres://u:50%@h', /^found a "%".* password/],
  ['postgres', 'postgres://a b/d', /^found a blank/],
  ['postgres', 'postgres://h?sslmode', /^found a parameter without a value/],
  ['postgres', 'postgres://h?sslpassword=x', /^found one of "sslpassword"/],
  ['mongo', 'mongodb://h/?tlsCertificateKeyFilePassword=x', /^found one of "tls/],
];

for (const [kind, url, expected] of BAD) {
  test(`${url} is refused`, () =>
    assert.throws(
      () => parseServerUrl(formOf(kind), url),
      (error) => error instanceof UrlProblem && expected.test(error.message),
    ));
}

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });

test('user, password, database and parameters of any characters survive percent-encoding', () => {
  const kinds = fc.constantFrom<Kind>('postgres', 'mongo');
  fc.assert(
    fc.property(kinds, anyText, anyText, anyText, anyText, (kind, user, password, database, parameter) => {
      const [u, p, d, x] = [user, password, database, parameter].map(encodeURIComponent);
      const scheme = kind === 'postgres' ? 'postgresql' : 'mongodb';
      const read = parts(kind, `${scheme}://${u}:${p}@db.example:7/${d}?application_name=${x}&authSource=a`);
      const parameters = { application_name: parameter, authSource: 'a' };
      assert.deepEqual(read, { host: 'db.example', port: 7, user, password, database, parameters });
    }),
  );
});
