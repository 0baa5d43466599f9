/** What pg_restore wrote to stderr, sorted. */
export interface RestoreWords {
  /** Anything that is not known to be harmless. */
  readonly errors: readonly string[];
  /** Harmless, but worth telling. */
  readonly notes: readonly string[];
}

/**
 * The whole list of what may be said during a good restore; each with its reason. Everything else is an error.
 * Lines that belong to a message (DETAIL, HINT, "Command was") follow it.
 */
const HARMLESS: readonly RegExp[] = [
  // The server's C library is newer than the one that sorted some index; it says so at every login.
  /WARNING:\s+database ".*" has (a collation version mismatch|no actual collation version)/,
  // Publications and subscriptions come back, and are told as manual steps.
  /WARNING:\s+"?wal_level"? is insufficient to publish logical changes/,
  /WARNING:\s+subscription was created, but is not connected/,
];
/** pg_restore 17 and later say this SET to every server; older servers do not know it, and need not. */
const UNKNOWN_TIMEOUT = /unrecognized configuration parameter "transaction_timeout"/;
/** Only counts what was said before. */
const SUMMARY = /^pg_restore: warning: errors ignored on restore: \d+/;
/** Only says where the next message comes from. */
const PLACE = /^pg_restore: (while |from TOC entry )/;
const BEGINS_MESSAGE = /^(pg_restore|vacuumdb): /;

/** Sorts stderr into errors and notes: message by message, nothing is left out. */
export function sortWords(stderr: string): RestoreWords {
  const errors: string[] = [];
  const notes: string[] = [];
  for (const message of messagesOf(stderr)) {
    if (PLACE.test(message) || SUMMARY.test(message) || UNKNOWN_TIMEOUT.test(message)) continue;
    (HARMLESS.some((pattern) => pattern.test(message)) ? notes : errors).push(message);
  }
  return { errors, notes };
}

/** A message is a line of the program with the lines that follow it up to the next one. */
function messagesOf(stderr: string): string[] {
  const messages: string[] = [];
  for (const line of stderr.split('\n')) {
    if (line.trim() === '') continue;
    if (messages.length === 0 || BEGINS_MESSAGE.test(line)) messages.push(line);
    else messages.push(`${messages.pop()}\n${line}`);
  }
  return messages;
}
