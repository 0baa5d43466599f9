import type { Document } from 'mongodb';
import { Failure } from '../../common/failure.ts';
import type { Connection } from './connection/connection.ts';
import { COMMAND_NOT_FOUND, NOT_IMPLEMENTED, serverCode, UNAUTHORIZED } from './connection/errors.ts';

/** The artifact `<db>.users.json`: what usersInfo and rolesInfo gave, in extended JSON. */
export interface UsersFile {
  readonly schema: typeof USERS_SCHEMA;
  readonly database: string;
  /** True when the users come with the hashes of their passwords. */
  readonly credentials: boolean;
  readonly users: readonly Document[];
  readonly roles: readonly Document[];
}

const USERS_SCHEMA = 'holdfast-mongo-users/v1';

/** What could be had of the users and roles that are defined in a database. */
export interface UsersFound {
  readonly file: UsersFile;
  readonly warnings: readonly string[];
}

/**
 * Asks for users and roles that are defined in `name` (not for those of "admin" that have rights on it). What the server
 * refuses is a warning; what it does not have (commands that are not there) is nothing to lose.
 */
export async function readUsers(connection: Connection, name: string): Promise<UsersFound> {
  const database = connection.client.db(name);
  const warnings: string[] = [];
  const attempt = async (what: string, command: Document): Promise<Document | undefined> => {
    try {
      return await database.command(command);
    } catch (error) {
      const code = serverCode(error);
      if (code === undefined) throw error;
      if (code === UNAUTHORIZED) warnings.push(`${what} of database "${name}" could not be read: a right is missing`);
      else if (![COMMAND_NOT_FOUND, NOT_IMPLEMENTED, BAD_VALUE].includes(code)) {
        warnings.push(`${what} of database "${name}" could not be read: ${(error as Error).message}`);
      }
      return undefined;
    }
  };
  const full = await attempt('password hashes of the users', { usersInfo: 1, showCredentials: true });
  const users = full ?? (await attempt('users', { usersInfo: 1 }));
  const roles = await attempt('roles', { rolesInfo: 1, showPrivileges: true });
  const file: UsersFile = {
    schema: USERS_SCHEMA,
    database: name,
    credentials: full !== undefined,
    users: ownedBy(name, users?.users),
    roles: ownedBy(name, roles?.roles),
  };
  return { file, warnings };
}

/** FerretDB does not know showCredentials and calls that a bad value. */
const BAD_VALUE = 2;

/** FerretDB answers with the users of all databases, whichever is asked. */
function ownedBy(name: string, documents: unknown): Document[] {
  return (Array.isArray(documents) ? (documents as Document[]) : []).filter(({ db }) => db === name);
}

/** The bytes of the artifact. */
export async function formatUsers(file: UsersFile): Promise<string> {
  const { BSON } = await import('mongodb');
  return `${BSON.EJSON.stringify(file, undefined, 2, { relaxed: false })}\n`;
}

/** Reads the artifact back. Throws Failure "damaged". */
export async function parseUsers(text: string, fileName: string): Promise<UsersFile> {
  const { BSON } = await import('mongodb');
  const file = parseExtendedJson(BSON.EJSON.parse, text, fileName);
  if (file?.schema !== USERS_SCHEMA || !Array.isArray(file.users) || !Array.isArray(file.roles)) {
    throw new Failure('damaged', { message: `"${fileName}" is not a list of users and roles` });
  }
  return file;
}

function parseExtendedJson(parse: (text: string) => unknown, text: string, fileName: string): UsersFile | undefined {
  try {
    return parse(text) as UsersFile;
  } catch (error) {
    throw new Failure('damaged', {
      message: `"${fileName}" cannot be read`,
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/**
 * Creates the roles that are missing in `target` and tells what remains to be done by hand. A server takes users only
 * with a password in clear, which no dump has; so users that are missing are named, never made up.
 */
export async function restoreUsers(connection: Connection, file: UsersFile, target: string): Promise<string[]> {
  const { file: present } = await readUsers(connection, target);
  const notes: string[] = [];
  const moved = (grants: unknown) => moveGrants(grants, file.database, target);
  for (const role of missing(file.roles, present.roles, 'role')) {
    const command = { createRole: role.role, privileges: moved(role.privileges), roles: moved(role.roles) };
    notes.push(await createRole(connection, target, command));
  }
  for (const user of missing(file.users, present.users, 'user')) {
    const roles = JSON.stringify(moved(user.roles));
    notes.push(
      `user "${user.user}" is missing: create it in database "${target}" with a password and the roles ${roles}`,
    );
  }
  return notes;
}

function missing(recorded: readonly Document[], present: readonly Document[], key: 'role' | 'user'): Document[] {
  const there = new Set(present.map((document) => document[key]));
  return recorded.filter((document) => !there.has(document[key]));
}

async function createRole(connection: Connection, target: string, command: Document): Promise<string> {
  try {
    await connection.client.db(target).command(command);
    return `role "${command.createRole}" was missing and was created`;
  } catch (error) {
    if (serverCode(error) === undefined) throw error;
    return `role "${command.createRole}" is missing and could not be created: ${(error as Error).message}`;
  }
}

/** A right on the old database becomes one on the new: in grants ({role, db}) and privileges ({resource: {db}}). */
function moveGrants(grants: unknown, from: string, to: string): Document[] {
  const list = Array.isArray(grants) ? (grants as Document[]) : [];
  return list.map((grant) => ({
    ...grant,
    ...(grant.db === from && { db: to }),
    ...(grant.resource?.db === from && { resource: { ...grant.resource, db: to } }),
  }));
}
