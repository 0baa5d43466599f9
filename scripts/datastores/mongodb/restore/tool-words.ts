/** What mongorestore said when it ended, sorted. */
export interface RestoreWords {
  /** Documents in its closing line; undefined when there is none, which no finished restore lacks. */
  readonly restored: number | undefined;
  readonly failed: number;
  /** Lines that tell of an error, without their time stamp. */
  readonly errors: readonly string[];
}

/** "N document(s) restored successfully. M document(s) failed to restore." */
const CLOSING = /(\d+) document\(s\) restored successfully\. (\d+) document\(s\) failed to restore/;

/**
 * Lines that are never harmless. Names of collections stand in many lines ("restoring shop.errors from archive"), so
 * only the beginnings and fixed phrases of the tool count.
 */
const ERROR = new RegExp(
  [
    '^Failed:',
    '^error ', // "error parsing command line options", "error: ..."
    '^error:',
    '^continuing through error:', // a document that the server refused, without --stopOnError
    '^demux finishing when there are still outs',
    '^don.t know what to do with',
    '^cannot drop ',
    '^corruption found',
    '^warning: .*(fail|skip)',
  ].join('|'),
  'i',
);

/** Reads the standard error of mongorestore. */
export function readRestoreWords(stderr: string): RestoreWords {
  const lines = stderr.split(/\r?\n/).map((line) => line.replace(/^\d{4}-\d\d-\d\dT\S+\s+/, '').trim());
  const closing = lines.map((line) => CLOSING.exec(line)).findLast((match) => match !== null);
  return {
    restored: closing === null || closing === undefined ? undefined : Number(closing[1]),
    failed: Number(closing?.[2] ?? 0),
    errors: lines.filter((line) => ERROR.test(line)),
  };
}
