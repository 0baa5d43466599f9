import type { Failure, FailureCode } from '../common/failure.ts';

/** Exit codes of the command line; docs/restore-runbook.md lists them for people. */
export const EXIT = { done: 0, failed: 1, usage: 2, partial: 3, locked: 4, unproven: 5 } as const;

/** Signal numbers, for exit code 128+n. */
const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

interface Advice {
  readonly exit: number;
  /** What stands now, in general. */
  readonly stands: string;
  /** What to try, in general. */
  readonly hint: string;
}

const UNCHANGED = 'nothing was changed';

/** One row a code: what it means for the data, and what to try, unless the failure itself knows better. */
const ADVICE: Readonly<Record<FailureCode, Advice>> = {
  usage: { exit: EXIT.usage, stands: UNCHANGED, hint: 'holdfast --help' },
  settings: { exit: EXIT.usage, stands: UNCHANGED, hint: 'see docs/environment-variables.md for every setting' },
  ambiguous: { exit: EXIT.usage, stands: UNCHANGED, hint: 'name exactly one of them' },
  'not-found': { exit: EXIT.failed, stands: UNCHANGED, hint: 'holdfast list' },
  denied: { exit: EXIT.failed, stands: 'nothing was written', hint: 'check user, password and rights' },
  unreachable: { exit: EXIT.failed, stands: 'nothing was written', hint: 'start it, then run the same command again' },
  'tool-missing': { exit: EXIT.failed, stands: UNCHANGED, hint: 'install the program where the server runs' },
  'tool-failed': {
    exit: EXIT.failed,
    stands: 'its result was not kept',
    hint: "the program's own words above say why",
  },
  'broken-stream': {
    exit: EXIT.failed,
    stands: 'the incomplete bytes were thrown away',
    hint: 'run the same command again; if it comes back, look at the health of the container engine',
  },
  'server-changed': {
    exit: EXIT.failed,
    stands: 'the incomplete bytes were thrown away',
    hint: 'wait until the container is up and run the same command again',
  },
  timeout: { exit: EXIT.failed, stands: 'its result was not kept', hint: 'see whether the server is overloaded' },
  interrupted: {
    exit: EXIT.failed,
    stands: 'what was unfinished was removed; complete sets were not touched',
    hint: 'run the same command again',
  },
  'no-space': {
    exit: EXIT.failed,
    stands: 'what was unfinished was removed; complete sets were not touched',
    hint: 'free some space, or set BACKUP_LOCAL_DIR to a larger disk; holdfast prune --dry-run shows what could go',
  },
  storage: { exit: EXIT.failed, stands: 'complete sets were not touched', hint: 'check the disk of the backup folder' },
  damaged: {
    exit: EXIT.unproven,
    stands: 'the databases were not touched',
    hint: 'holdfast list shows the other sets; restore one of them with BACKUP=<name>',
  },
  mismatch: {
    exit: EXIT.unproven,
    stands: 'the restored data differs from what was recorded',
    hint: 'do not put it to use before the differences are understood',
  },
  version: { exit: EXIT.failed, stands: UNCHANGED, hint: 'use a server and tools at least as new as the dump' },
  locked: { exit: EXIT.locked, stands: UNCHANGED, hint: 'wait for the other run, or end it' },
  'lock-lost': {
    exit: EXIT.failed,
    stands: 'this run stopped before it wrote or removed anything more',
    hint: 'see which other run uses the same backup folder',
  },
  'clock-jumped': { exit: EXIT.failed, stands: 'no set was removed', hint: 'check the clock of this machine: date -u' },
  refused: { exit: EXIT.failed, stands: UNCHANGED, hint: 'type the name as shown, or add --yes in a script' },
  internal: {
    exit: EXIT.failed,
    stands: 'complete sets were not touched',
    hint: 'this is a bug in Holdfast: please report it with the text above',
  },
};

/** The exit code of a failure; a signal that ended the run gives 128+n. */
export function exitCodeOf(failure: Failure): number {
  const signal = failure.code === 'interrupted' ? SIGNALS[failure.message.split(' ').at(-1) ?? ''] : undefined;
  return signal === undefined ? ADVICE[failure.code].exit : 128 + signal;
}

/** The facts of a failure with the general advice filled in, as `--json` prints them. */
export function explain(failure: Failure): Record<string, string | undefined> {
  const advice = ADVICE[failure.code];
  return {
    code: failure.code,
    message: failure.message,
    source: failure.source,
    step: failure.step,
    detail: failure.detail,
    stands: failure.stands ?? advice.stands,
    hint: failure.hint ?? advice.hint,
  };
}

/**
 * A failure as a person reads it: what happened, to which source in which step, the far side's own words,
 * what stands, and what to try. A bug keeps its stack, a user's mistake never shows one.
 */
export function wordFailure(failure: Failure): string {
  const { source, step, detail, stands, hint } = explain(failure);
  const place = [source, step].filter(Boolean).join(', ');
  const lines = [`error: ${place ? `${place}: ` : ''}${failure.message.replaceAll('\n', '\n       ')}`];
  for (const line of detail?.trimEnd().split('\n') ?? []) lines.push(`       | ${line}`);
  lines.push(`  now: ${stands}`, `  try: ${hint}`);
  if (failure.code === 'internal' && failure.cause instanceof Error) lines.push(failure.cause.stack ?? '');
  return lines.join('\n');
}
