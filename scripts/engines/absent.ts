import type { Failure, FailureCode } from '../common/failure.ts';

const CODES: ReadonlySet<FailureCode> = new Set(['tool-missing', 'unreachable', 'denied']);

/** True for a failure that says that an engine is not in use on this machine: most have only one of them. */
export function isAbsent({ code }: Failure): boolean {
  return CODES.has(code);
}
