import type { Conversation } from '../connection/conversation.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

/** How a database is made like the live one, of which a plain dump tells nothing. */
interface Copied {
  readonly create: string;
  readonly describe: readonly string[];
  readonly warnings: readonly string[];
}

interface Live {
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly settings: number;
  readonly granted: boolean;
}

const LIVE = `select pg_get_userbyid(d.datdba) as owner, pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as collate, d.datctype as ctype, d.datacl is not null as granted,
  (select count(*) from pg_db_role_setting s where s.setdatabase = d.oid) as settings
  from pg_database d where d.datname = current_database()`;

/** Reads owner, encoding and locale of the database that is talked to, for a new one of the name `target`. */
export async function copyDescription(talk: Conversation, target: string): Promise<Copied> {
  const { owner, encoding, collate, ctype, settings, granted } = await talk.row<Live>(LIVE);
  const made = [
    ['ENCODING', encoding],
    ['LC_COLLATE', collate],
    ['LC_CTYPE', ctype],
  ].map(([word, value]) => `${word} = ${quoteLiteral(value ?? '')}`);
  const name = quoteIdentifier(target);
  const lost = 'a plain SQL dump has none of the settings and grants of the database itself, and the live one has some';
  return {
    create: `CREATE DATABASE ${name} TEMPLATE template0 ${made.join(' ')}`,
    describe: [`ALTER DATABASE ${name} OWNER TO ${quoteIdentifier(owner)}`],
    warnings: settings > 0 || granted ? [`${lost}: give them again afterwards (\\drds and \\l in psql show them)`] : [],
  };
}
