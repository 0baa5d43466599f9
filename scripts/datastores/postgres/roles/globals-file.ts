import { NAME, splitStatements, unquote } from './statements.ts';

/** What a statement of globals.sql is about. */
interface RoleStatement {
  readonly sql: string;
  /** The role that it makes or changes. */
  readonly role: string;
  /** The role that `role` becomes a member of. */
  readonly memberOf: string | undefined;
}

const CREATE = new RegExp(`^CREATE ROLE (${NAME})$`, 'i');
const CHANGE = new RegExp(`^(?:ALTER ROLE|COMMENT ON ROLE) (${NAME}) (?:WITH|SET|IS)\\b`, 'i');
const MEMBERSHIP = new RegExp(`^GRANT (${NAME}) TO (${NAME})( WITH [A-Z, ]+?)?(?: GRANTED BY ${NAME})?$`, 'i');
const PARAMETER = new RegExp(
  `^GRANT [A-Z, ]+ ON PARAMETER ${NAME}(?:\\.${NAME})* TO (${NAME})( WITH GRANT OPTION)?$`,
  'i',
);

/** Names of the roles that a globals.sql makes. */
export function rolesOf(text: string): string[] {
  return splitStatements(text).flatMap((sql) => {
    const [, name] = CREATE.exec(sql) ?? [];
    return name === undefined ? [] : [unquote(name)];
  });
}

/**
 * The statements of a globals.sql that bring the roles `missing`: made, then their attributes, settings, comments,
 * grants on parameters, and memberships. Roles that exist are never changed, and nothing else of the file (tablespaces,
 * settings of the session) is ever run. GRANTED BY is left out: its role may not have that right at the target.
 */
export function statementsFor(text: string, missing: ReadonlySet<string>): string[] {
  const all = splitStatements(text)
    .map(parse)
    .filter((statement) => statement !== undefined);
  const own = all.filter(
    ({ role, memberOf }) => missing.has(role) || (memberOf !== undefined && missing.has(memberOf)),
  );
  return own.map(({ sql }) => sql);
}

/** `names` and every role of the file that they are members of, directly or through others. */
export function withGroups(text: string, names: Iterable<string>): Set<string> {
  const memberships = splitStatements(text)
    .map(parse)
    .filter((statement) => statement?.memberOf !== undefined);
  const found = new Set(names);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const membership of memberships) {
      if (membership?.memberOf !== undefined && found.has(membership.role)) found.add(membership.memberOf);
    }
  }
  return found;
}

function parse(sql: string): RoleStatement | undefined {
  const change = CREATE.exec(sql) ?? CHANGE.exec(sql) ?? PARAMETER.exec(sql);
  if (change?.[1] !== undefined) return { sql, role: unquote(change[1]), memberOf: undefined };
  const [, group, member, options = ''] = MEMBERSHIP.exec(sql) ?? [];
  if (group === undefined || member === undefined) return undefined;
  return { sql: `GRANT ${group} TO ${member}${options}`, role: unquote(member), memberOf: unquote(group) };
}
