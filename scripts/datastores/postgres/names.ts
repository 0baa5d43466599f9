import { encodeFileName } from '../../common/file-name.ts';

/** The source that holds the roles of the cluster, and its file. */
export const GLOBALS = 'globals.sql';

/** What the name of a database's file ends with. */
export const ENDING = '.dump';

/**
 * What the name of a plain SQL dump ends with that our reader of older layouts brought. Others are nobody's source: retention
 * must not take what lies in a folder beside our sets for one of them.
 */
export const PLAIN_ENDING = '.older.sql.gz';

/** The artifact of a source: "app" -> "app.dump", the roles -> "globals.sql". */
export function fileOfSource(source: string): string {
  return source === GLOBALS ? GLOBALS : `${encodeFileName(source)}${ENDING}`;
}
