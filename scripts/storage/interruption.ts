import { Failure } from '../common/failure.ts';

/** What a given signal means: its reason when that is a Failure, else "interrupted". */
export function interruption({ reason }: AbortSignal): Failure {
  return reason instanceof Failure ? reason : new Failure('interrupted', { message: 'interrupted', cause: reason });
}

/** Throws {@link interruption} when the signal has been given. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw interruption(signal);
}
