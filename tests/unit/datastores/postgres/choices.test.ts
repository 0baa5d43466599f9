import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parameterEnvironment } from '../../../../scripts/datastores/postgres/connection/parameters.ts';
import { chooseTools, parseTools } from '../../../../scripts/datastores/postgres/connection/tools.ts';
import { fileOfSource } from '../../../../scripts/datastores/postgres/names.ts';
import { recognizes, sourceOfFile } from '../../../../scripts/datastores/postgres/recognize.ts';
import type { Service } from '../../../../scripts/engines/engine.ts';

describe('a running container', () => {
  const service = (image: string, ...ports: number[]): Service => ({
    id: 'id',
    name: 'name',
    image,
    labels: {},
    ports: ports.map((inside) => ({ inside })),
    state: 'running',
  });

  for (const image of [
    'postgres',
    'docker.io/library/postgres:18-alpine',
    'postgres@sha256:0123',
    'localhost:5000/shop/postgres:18',
    'bitnami/postgresql:17',
    'pgvector/pgvector:pg17',
    'postgis/postgis:16-3.4',
    'timescale/timescaledb-ha:pg16',
    'supabase/postgres:15.8.1.060',
    'localhost/holdfast-stack/postgres:15',
  ]) {
    it(`of image "${image}" is a PostgreSQL server`, () => assert.equal(recognizes(service(image)), true));
  }

  for (const image of [
    'prometheuscommunity/postgres-exporter:v0.15',
    'prodrigestivill/postgres-backup-local:16',
    'bitnami/pgbouncer',
    'postgrest/postgrest',
    'redis:7',
    'mongo:7',
  ]) {
    it(`of image "${image}" is none, even when it publishes 5432`, () => {
      assert.equal(recognizes(service(image)), false);
      if (/exporter|backup|bouncer/.test(image)) assert.equal(recognizes(service(image, 5432)), false);
    });
  }

  it('of an unknown image is one when it has port 5432 inside', () => {
    assert.equal(recognizes(service('registry.example/shop/database:3', 5432)), true);
    assert.equal(recognizes(service('registry.example/shop/database:3', 5433)), false);
  });
});

describe('files of a set', () => {
  it('are named after their database, and tell its name again', () => {
    for (const name of ['ngwenya_auth', 'Odd;Name=x', 'a/b', '.dump', 'globals', 'globals.sql.dump']) {
      assert.equal(sourceOfFile(fileOfSource(name)), name);
    }
    assert.equal(fileOfSource('globals.sql'), 'globals.sql');
    assert.equal(sourceOfFile('globals.sql'), 'globals.sql');
  });

  it('of another kind belong to no source', () => {
    for (const file of ['app.dump.gz', 'readme.txt', '.dump', 'app.sql']) assert.equal(sourceOfFile(file), undefined);
  });
});

describe('the choice of programs', () => {
  const found = parseTools(
    [
      '/usr/lib/postgresql/15/bin\tpg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\tgzip',
      '/usr/lib/postgresql/18/bin\tpg_dump (PostgreSQL) 18.1\tzstd',
      '/opt/pg/bin\tpg_dump (PostgreSQL) 17.9\tnone',
      '/opt/pg10/bin\tpg_dump (PostgreSQL) 17.10\tzstd',
      '/usr/bin\tpg_dump (PostgreSQL) 18.1\tzstd',
      '/broken\t\tnone',
    ].join('\n'),
  );

  it('knows each version once, in the folder that was looked at first', () => {
    assert.deepEqual(
      found.map(({ folder, major, compression }) => [folder, major, compression]),
      [
        ['/usr/lib/postgresql/15/bin', 15, 'gzip'],
        ['/usr/lib/postgresql/18/bin', 18, 'zstd'],
        ['/opt/pg/bin', 17, 'none'],
        ['/opt/pg10/bin', 17, 'zstd'],
      ],
    );
  });

  it('is the nearest that is not older than the server, with the newest minor', () => {
    assert.equal(chooseTools(found, 13, '').version, '15.18');
    assert.equal(chooseTools(found, 16, '').version, '17.10');
    assert.equal(chooseTools(found, 18, '').version, '18.1');
  });

  it('fails with what was found and what is needed', () => {
    assert.throws(() => chooseTools(found, 19, 'the server is PostgreSQL 19.0'), {
      code: 'version',
      message: /found PostgreSQL programs of version 15\.18, .* expected 19 or later: the server is PostgreSQL 19\.0/,
    });
  });
});

describe('parameters of a URL', () => {
  it('become the environment of libpq', () => {
    assert.deepEqual(parameterEnvironment({ sslmode: 'verify-full', sslrootcert: '/ca.pem', dbname: 'x' }), {
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/ca.pem',
    });
  });

  it('are refused when libpq does not have them', () => {
    assert.throws(() => parameterEnvironment({ sslmodus: 'require' }), { code: 'settings', message: /"sslmodus"/ });
  });
});
