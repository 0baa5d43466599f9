import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorsOf } from './folder.ts';

test('all that is wrong in .env is told at once with line and column', async () => {
  const lines = [
    'APP_KEY=x',
    'BACKUP_RETENTION_DAY=7',
    '  export BACKUP_RETENTION_DAYS = "soon"',
    'NOTE="',
    'BACKUP_RETENTION_DAYS=1',
    'BACKUP_PARALEL 3',
    '"',
    'BACKUP_PARALEL 4',
    'BACKUP_STORAGE=local,s3,tape',
    'CONTAINER_CMD=lxc',
    'HOLDFAST_X=1',
    "BACKUP_ENVIRONMENT='a b'",
    'BACKUP_LOCAL_DIR=/srv/a#b',
    'BACKUP_DISCOVER: maybe # or not',
    'POSTGRES_CONTAINER=postgres://u:pw@h',
  ];
  assert.deepEqual(await errorsOf({ files: { '.env': `${lines.join('\n')}\n` } }), [
    'DIR/.env:2:1: "BACKUP_RETENTION_DAY" is not a setting of Holdfast; did you mean "BACKUP_RETENTION_DAYS"?',
    'DIR/.env:3:35: BACKUP_RETENTION_DAYS is "soon", expected a whole number from 1 to 36500',
    'DIR/.env:8:1: found no "=" after "BACKUP_PARALEL"; did you mean "BACKUP_PARALLEL"?',
    'DIR/.env:9:16: the storage "s3" needs BACKUP_S3_BUCKET (the bucket that holds the sets)',
    'DIR/.env:10:15: CONTAINER_CMD is "lxc", expected one of "podman", "docker"',
    'DIR/.env:11:1: "HOLDFAST_X" is not a setting of Holdfast',
    'DIR/.env:12:21: BACKUP_ENVIRONMENT is "a b", expected a name of letters, digits, "_", "." and "-"',
    'DIR/.env:13:18: BACKUP_LOCAL_DIR is cut off at "#"; put the whole value in single quotes',
    'DIR/.env:14:18: BACKUP_DISCOVER is "maybe", expected "yes" or "no"',
    'DIR/.env:15:20: POSTGRES_CONTAINER is a text that is not shown here, expected the name or id of a container, or its compose service',
  ]);
});

test('of two lines with one name the last counts, in value and place', async () => {
  const files = { '.env': 'BACKUP_PARALLEL=0\nBACKUP_PARALLEL=99\n' };
  assert.deepEqual(await errorsOf({ files }), [
    'DIR/.env:2:17: BACKUP_PARALLEL is "99", expected a whole number from 1 to 64',
  ]);
});

test('errors in the environment and on the command line name their source', async () => {
  const environment = { BACKUP_RETENTION_DAYS: '-1' };
  assert.deepEqual(await errorsOf({ environment, flags: { BACKUP_PARALLEL: '1.5' } }), [
    'environment: BACKUP_RETENTION_DAYS is "-1", expected a whole number from 1 to 36500',
    'command line: BACKUP_PARALLEL is "1.5", expected a whole number from 1 to 64',
  ]);
});

const KEY = 'age1u6ruyw6vv3x4vzc6up3a65d35nr4p9hv7xgkvynl58u86v52cu4qja6gft';

test('a recipient with a mistyped letter is refused, and the error names which one it is', async () => {
  const typo = KEY.replace('v3x4', 'v3x5');
  assert.deepEqual(await errorsOf({ environment: { BACKUP_AGE_RECIPIENTS: `${KEY},${typo}` } }), [
    'environment: recipient 2 of 2, "age1u6ruyw6vv3x5vz…4qja6gft", is not a whole key: letters are missing or mistyped',
  ]);
});

test('a secret key in the place of a recipient is refused and not shown', async () => {
  const secret = 'AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ';
  const errors = await errorsOf({ environment: { BACKUP_AGE_RECIPIENTS: secret } });
  assert.match(errors[0] ?? '', /^environment: recipient 1 of 1 is neither a key nor a file that can be read/);
  assert.doesNotMatch(errors.join(), /QQQ/);
});

test('a file of recipients is refused by the line that is none', async () => {
  const files = { '.env': 'BACKUP_AGE_RECIPIENTS=keys.txt\n', 'keys.txt': `# mine\n${KEY}\nage1wrong\n` };
  assert.match(
    (await errorsOf({ files }))[0] ?? '',
    /:1:23: recipient 1 of 1: line 3 of the file in .* is not a public key/,
  );
});

test('a container and a URL for one kind exclude each other', async () => {
  const files = { '.env': 'MONGO_URL=mongodb://h\nMONGO_CONTAINER=m\n' };
  assert.deepEqual(await errorsOf({ files }), [
    'DIR/.env:2:17: found MONGO_CONTAINER and MONGO_URL, expected one of them',
  ]);
});

test('all that is wrong in holdfast.yaml is told at once with line and column', async () => {
  const text = `environment: prod
retension: {days: 3}
retention:
  days: \${SOON}
storage: {s3: {bucket: b}, local: {foldr: x}}
parallel: \${MANY}
containers: [podman]
discover:
postgres:
  - name: a
    container: x
    host: y
  - {name: a, host: "h@x"}
  - {name: "b/c", url: "postgres://h", user: u, password: p, password_file: f}
  - password:hunter2
mongo: none
`;
  const errors = await errorsOf({ files: { 'holdfast.yaml': text }, environment: { MANY: 'hunter2' } });
  assert.deepEqual(errors, [
    'DIR/holdfast.yaml:2:1: "retension" is not a setting; did you mean "retention"?',
    `DIR/holdfast.yaml:4:9: "\${SOON}" is not set, neither in the environment nor in .env`,
    'DIR/holdfast.yaml:5:36: "foldr" is not a setting of storage.local; did you mean "folder"?',
    `DIR/holdfast.yaml:6:11: parallel is "\${MANY}" (its value is not shown), expected a whole number from 1 to 64`,
    'DIR/holdfast.yaml:7:13: containers is a list, expected one of "podman", "docker"',
    'DIR/holdfast.yaml:8:10: discover is empty, expected "yes" or "no"',
    'DIR/holdfast.yaml:13:21: postgres[2].host is a text that is not shown here, expected a host name, an address, or the folder of a socket',
    'DIR/holdfast.yaml:14:12: postgres[3].name is "b/c", expected a name of letters, digits, "_", "." and "-"',
    'DIR/holdfast.yaml:15:5: postgres[4] is a text that is not shown here, expected settings below it',
    'DIR/holdfast.yaml:16:8: mongo is a text that is not shown here, expected a list of servers ("- name: ...")',
  ]);
});

test('servers of holdfast.yaml that contradict themselves are told with line and column', async () => {
  const text = `postgres:
  - {name: a, container: x, host: y}
  - {name: a, host: h}
  - {name: b, url: "postgres://h", user: u}
  - {name: c, host: h, password: p, password_file: f}
  - {name: d, host: h, password_file: missing}
  - {name: e, url: "postgres://h:0"}
  - {name: f}
`;
  assert.deepEqual(await errorsOf({ files: { 'holdfast.yaml': text } }), [
    'DIR/holdfast.yaml:2:5: postgres[1]: found container and host, expected one of url, container, host',
    'DIR/holdfast.yaml:3:12: found two postgres servers named "a"',
    'DIR/holdfast.yaml:4:42: postgres[3]: found user beside url, expected one of them',
    'DIR/holdfast.yaml:5:52: postgres[4]: found password_file beside password, expected one of them',
    'DIR/holdfast.yaml:6:39: postgres[5].password_file: DIR/missing cannot be read: ENOENT',
    'DIR/holdfast.yaml:7:20: postgres[6].url: found a port that is not a number from 1 to 65535; in names and passwords write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25',
    'DIR/holdfast.yaml:8:5: postgres[7]: found none of them, expected one of url, container, host',
  ]);
});

test('a setting in .env that holdfast.yaml would hide is an error, unless the file takes it', async () => {
  const yaml = `mongo: [{name: a, host: h}]\npostgres:\n  - url: \${POSTGRES_URL}\n`;
  const env = 'POSTGRES_URL=postgres://h\nMONGO_DATABASE=a\n';
  assert.deepEqual(await errorsOf({ files: { '.env': env, 'holdfast.yaml': yaml } }), [
    `DIR/.env:2:16: found MONGO_DATABASE while DIR/holdfast.yaml lists mongo servers; remove one of them, or use "\${MONGO_DATABASE}" there`,
  ]);
});

test('broken YAML is told with line and column', async () => {
  const files = { 'holdfast.yaml': 'environment: a\nparallel: "1"x\nparallel: 2\n' };
  assert.deepEqual(await errorsOf({ files }), [
    'DIR/holdfast.yaml:2:14: not valid YAML: unexpected scalar at node end',
    'DIR/holdfast.yaml:3:1: not valid YAML: map keys must be unique',
  ]);
});

test('holdfast.yaml and holdfast.yml together are refused', async () => {
  const files = { 'holdfast.yaml': '', 'holdfast.yml': '' };
  assert.deepEqual(await errorsOf({ files }), ['DIR: found both holdfast.yaml and holdfast.yml, expected one']);
});

for (const value of ['&hunter2 x', '*hunter2', '!hunter2 x', '!!int 7']) {
  test(`a value that YAML takes for an anchor, an alias or a tag is refused: ${value}`, async () => {
    const files = { 'holdfast.yaml': `mongo:\n  - host: h\n    password: ${value}\n` };
    assert.deepEqual(await errorsOf({ files }), [
      'DIR/holdfast.yaml:3:15: found "&", "*" or "!" at the start; put the whole value in quotes',
    ]);
  });
}

test('several errors on one line are told from left to right', async () => {
  assert.deepEqual(await errorsOf({ files: { 'holdfast.yaml': '{paralel: 1, containers: lxc}\n' } }), [
    'DIR/holdfast.yaml:1:2: "paralel" is not a setting; did you mean "parallel"?',
    'DIR/holdfast.yaml:1:26: containers is "lxc", expected one of "podman", "docker"',
  ]);
});
