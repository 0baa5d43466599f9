import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recognizes, sourceOfFile } from '../../../../scripts/datastores/mongodb/recognize.ts';

const service = (image: string, inside?: number) => ({
  id: '1',
  name: 'shop-mongo-1',
  image,
  labels: {},
  ports: inside === undefined ? [] : [{ inside }],
  state: 'running',
});

for (const image of [
  'mongo',
  'docker.io/library/mongo:7.0',
  'localhost:5000/mongo@sha256:0123',
  'mongodb/mongodb-community-server:8.0-ubi9',
  'docker.io/bitnami/mongodb:8.0',
  'percona/percona-server-mongodb:7.0',
  'ghcr.io/ferretdb/ferretdb:2.7.0',
  'ghcr.io/microsoft/documentdb/documentdb-local:latest',
]) {
  test(`image "${image}" is a server`, () => assert.equal(recognizes(service(image)), true));
}

for (const image of ['mongo-express', 'percona/mongodb_exporter:0.40', 'postgres:18', 'mongooseim/mongooseim']) {
  test(`image "${image}" is none`, () => assert.equal(recognizes(service(image)), false));
}

test('an unknown image counts by port 27017, a known companion does not', () => {
  assert.equal(recognizes(service('registry.example/shop-db:3', 27017)), true);
  assert.equal(recognizes(service('registry.example/shop-db:3', 5432)), false);
  assert.equal(recognizes(service('mongo-express', 27017)), false);
});

test('both files of a database belong to it, and encoded names are decoded', () => {
  assert.equal(sourceOfFile('ngwenya.archive.gz'), 'ngwenya');
  assert.equal(sourceOfFile('ngwenya.users.json'), 'ngwenya');
  assert.equal(sourceOfFile('na%C3%AFve%20shop.archive.gz'), 'naïve shop');
});

test('other files belong to nobody', () => {
  for (const file of ['.archive.gz', 'ngwenya.dump', 'ngwenya.archive', 'manifest.json']) {
    assert.equal(sourceOfFile(file), undefined, file);
  }
});
