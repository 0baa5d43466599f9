import { randomUUID } from 'node:crypto';
import { Failure } from '../common/failure.ts';
import type { Engine } from './engine.ts';

/** Shell words: where temporary folders of a restore may be made, in the order in which the places are tried. */
export const KEPT_PLACES = `"\${TMPDIR:-/tmp}" /tmp /var/tmp`;

/** Begins the names of those folders. */
const PREFIX = 'holdfast-restore.';

/**
 * Waits for a word and removes the folder. Without one our side was killed: then what still writes into the folder gets
 * a second to end first. Folders whose container was killed with us go when they are a week old.
 */
const KEEP = `trap '' TERM
remove() { for place in ${KEPT_PLACES}; do rm -rf "$place/$1" || return; done; }
for place in ${KEPT_PLACES}; do
  find "$place" -maxdepth 1 -type d -name '${PREFIX}*' -mmin +10080 -exec rm -rf {} + 2>/dev/null
done
read -r _ || sleep 1
remove "$1"`;

/** So long the far side may take to remove a folder, in milliseconds; an engine that hangs must not hold us for ever. */
const PATIENCE = 30_000;

/** A temporary folder on the far side that does not outlive us. */
export interface Keeper {
  /** Its name, which nobody can guess; whoever needs the folder makes it in one of {@link KEPT_PLACES}. */
  readonly name: string;
  /** Removes it with all that is in it, if it was made. Idempotent. Throws Failure "tool-failed". */
  release(): Promise<void>;
}

/**
 * Starts a program on the far side that removes a folder there when it is told to, and also when our side is gone, be it
 * by kill -9. Must be released. Costs no time: nobody waits for its start.
 */
export function startKeeper(engine: Engine, service: string): Keeper {
  const name = `${PREFIX}${randomUUID()}`;
  const session = engine.open(service, { argv: ['sh', '-c', KEEP, 'sh', name] });
  session.stdout.resume();
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    session.stdin.end('release\n');
    const late = setTimeout(session.close, PATIENCE);
    const { code, stderr } = await session.ended;
    clearTimeout(late);
    await session.close();
    if (code === 0) return;
    const message = `the temporary folder "${name}" could not be removed`;
    throw new Failure('tool-failed', { message, detail: stderr.trim() });
  };
  return {
    name,
    release: () => {
      released ??= release();
      return released;
    },
  };
}
