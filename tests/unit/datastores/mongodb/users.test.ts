import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Document } from 'mongodb';
import type { Connection } from '../../../../scripts/datastores/mongodb/connection/connection.ts';
import { formatUsers, parseUsers, readUsers, restoreUsers } from '../../../../scripts/datastores/mongodb/users.ts';

/** The servers that can be had here know no roles, so a table of answers stands in for one. Keeps what it was told. */
function serverWith(answers: Record<string, Document | number>) {
  const told: Document[] = [];
  const command = async (asked: Document) => {
    told.push(asked);
    const name = asked.showCredentials === true ? 'credentials' : Object.keys(asked)[0];
    const answer = answers[name as string] ?? {};
    if (typeof answer === 'number') throw Object.assign(new Error('not authorized'), { code: answer });
    return answer;
  };
  return { told, connection: { client: { db: () => ({ command }) } } as unknown as Connection };
}

const anna = { user: 'anna', db: 'shop', roles: [{ role: 'clerk', db: 'shop' }], credentials: { hash: 'x' } };
const clerk = {
  role: 'clerk',
  db: 'shop',
  privileges: [{ resource: { db: 'shop', collection: 'orders' }, actions: ['find'] }],
  roles: [
    { role: 'read', db: 'shop' },
    { role: 'read', db: 'stock' },
  ],
};
const full = { credentials: { users: [anna] }, rolesInfo: { roles: [clerk] } };

test('users with their hashes and roles with their privileges survive the file', async () => {
  const { file, warnings } = await readUsers(serverWith(full).connection, 'shop');
  assert.deepEqual(warnings, []);
  const read = await parseUsers(await formatUsers(file), 'shop.users.json');
  assert.deepEqual([read.credentials, read.users, read.roles], [true, [anna], [clerk]]);
});

test('users of other databases are left out, even when the server gives them', async () => {
  const foreign = { credentials: { users: [anna, { user: 'root', db: 'admin' }] } };
  const { file } = await readUsers(serverWith(foreign).connection, 'shop');
  assert.deepEqual(file.users, [anna]);
});

test('a right that is missing is a warning, and what can be read is read', async () => {
  const { connection } = serverWith({ credentials: 13, usersInfo: { users: [anna] }, rolesInfo: 13 });
  const { file, warnings } = await readUsers(connection, 'shop');
  assert.deepEqual([file.credentials, file.users, file.roles], [false, [anna], []]);
  assert.match(warnings.join('\n'), /password hashes .*"shop".*\n.*roles of database "shop"/);
});

test('a server that knows no roles gives no warning', async () => {
  const { connection } = serverWith({ credentials: 2, usersInfo: { users: [] }, rolesInfo: 59 });
  assert.deepEqual((await readUsers(connection, 'shop')).warnings, []);
});

test('roles that are missing are made with rights on the new database, users that are missing are named', async () => {
  const { file } = await readUsers(serverWith(full).connection, 'shop');
  const { connection, told } = serverWith({});
  const notes = await restoreUsers(connection, file, 'copy');
  assert.deepEqual(
    told.find(({ createRole }) => createRole === 'clerk'),
    {
      createRole: 'clerk',
      privileges: [{ resource: { db: 'copy', collection: 'orders' }, actions: ['find'] }],
      roles: [
        { role: 'read', db: 'copy' },
        { role: 'read', db: 'stock' },
      ],
    },
  );
  assert.match(notes.join('\n'), /"clerk" was missing and was created\nuser "anna" is missing.*"copy"/);
});

test('users and roles that are there stay as they are', async () => {
  const { file } = await readUsers(serverWith(full).connection, 'shop');
  const { connection, told } = serverWith(full);
  assert.deepEqual(await restoreUsers(connection, file, 'shop'), []);
  assert.ok(!told.some((command) => 'createRole' in command));
});

test('a role that the server refuses is a note', async () => {
  const { file } = await readUsers(serverWith({ rolesInfo: { roles: [clerk] } }).connection, 'shop');
  const notes = await restoreUsers(serverWith({ createRole: 13 }).connection, file, 'shop');
  assert.match(notes.join(), /"clerk" is missing and could not be created: not authorized/);
});
