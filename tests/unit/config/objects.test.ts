import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAddress } from '../../../scripts/config/addresses.ts';
import type { ServerSettings } from '../../../scripts/config/config.ts';
import { recognizes } from '../../../scripts/datastores/objects/recognize.ts';
import { engine, service } from './engines.ts';
import { errorsOf, load } from './folder.ts';

const YAML = `objects:
  - name: media
    url: https://minio.example:9000
    access_key_id: backup
    secret_access_key_file: ./key
    region: eu-central-1
    path_style: "no"
    buckets: [uploads, avatars]
    exclude: ["cache/**"]
  - { name: mine, container: minio, buckets: all-of-it }
  - { name: theirs, outside: Cloudflare R2 }
`;

test('servers of buckets are read from holdfast.yaml with words of their own', async () => {
  const { servers } = await load({ files: { 'holdfast.yaml': YAML, key: 'sesame\n' } });
  const [media, mine, theirs] = servers;
  assert.deepEqual([media?.kind, media?.name, media?.host, media?.port], ['objects', 'media', 'minio.example', 9000]);
  assert.deepEqual([media?.user, media?.password?.reveal()], ['backup', 'sesame']);
  assert.deepEqual(media?.parameters, { tls: 'true' });
  assert.deepEqual(media?.own, { region: 'eu-central-1', path_style: 'no', exclude: ['cache/**'] });
  assert.deepEqual(media?.databases, ['uploads', 'avatars']);
  assert.deepEqual([mine?.container, mine?.databases, mine?.password], ['minio', ['all-of-it'], undefined]);
  assert.deepEqual(
    [theirs?.host, theirs?.container, theirs?.own],
    [undefined, undefined, { outside: 'Cloudflare R2' }],
  );
});

const WRONG: readonly [string, string, RegExp][] = [
  [
    'neither an address nor a provider',
    'objects: [{ name: x }]',
    /found none of them, expected one of url, container, outside/,
  ],
  ['an address with a path', 'objects: [{ url: "https://h/bucket" }]', /found a path behind the host/],
  ['a key in an address', 'objects: [{ url: "http://id:key@h" }]', /found an access key in the URL/],
  [
    'an address with what it does not take',
    'objects: [{ url: "http://h?regio=x" }]',
    /neither "region" nor "path_style"/,
  ],
  [
    'an address beside a provider',
    'objects: [{ url: "http://h", outside: R2 }]',
    /found url and outside, expected one/,
  ],
  ['another scheme', 'objects: [{ url: "s3://bucket" }]', /expected a URL such as https:\/\/minio.example:9000/],
  [
    'a secret twice',
    'objects: [{ url: "http://h", secret_access_key: a, secret_access_key_file: b }]',
    /found secret_access_key_file beside secret_access_key/,
  ],
  [
    'a file that is not there',
    'objects: [{ url: "http://h", access_key_id: a, secret_access_key_file: b }]',
    /secret_access_key_file: DIR\/b cannot be read/,
  ],
  ['a word of databases', 'objects: [{ url: "http://h", user: a }]', /"user" is not a setting/],
];

for (const [what, yaml, wanted] of WRONG) {
  test(`${what} is told with its place`, async () => {
    const [line = ''] = await errorsOf({ files: { 'holdfast.yaml': yaml } });
    assert.match(line, wanted);
    assert.match(line, /^DIR\/holdfast\.yaml:\d+:\d+: /);
  });
}

test('an outside provider beside an address is refused', async () => {
  const [line = ''] = await errorsOf({ files: { '.env': 'OBJECTS_OUTSIDE=R2\nOBJECTS_URL=http://h\n' } });
  assert.match(line, /found OBJECTS_OUTSIDE beside the address of a server/);
});

test('addresses of buckets are told with their scheme and port, and never with a key', async () => {
  const labels: [Partial<ServerSettings>, string][] = [
    [{ host: 'h', port: 443, parameters: { tls: 'true' } }, 'https://h:443'],
    [{ host: 'h', port: 9000, parameters: {} }, 'http://h:9000'],
    [{ own: { outside: 'R2' } }, 'objects at R2'],
  ];
  for (const [settings, label] of labels) {
    const all = { kind: 'objects', name: 'default', user: 'id', ...settings };
    assert.equal(hostAddress(all, [engine('host', [])], {}).label, label);
  }
});

test('a container of MinIO or RustFS is found by its image, and nothing by port 9000 alone', () => {
  const images = [
    'quay.io/minio/minio:RELEASE.2025-01-01',
    'docker.io/bitnami/minio',
    'docker.io/rustfs/rustfs:latest@sha256:00',
  ];
  for (const image of images) assert.ok(recognizes(service('x', { image })), image);
  for (const image of ['docker.io/minio/mc', 'docker.io/portainer/portainer-ce', 'docker.io/library/php:8-fpm']) {
    assert.ok(!recognizes(service('x', { image, ports: [{ inside: 9000 }] })), image);
  }
});
