/**
 * Why a request got no answer, for people. `fetch` says "fetch failed" and has the reason as its cause; one for several
 * addresses has a code there and no words.
 */
export function whyNoAnswer(error: unknown): string {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  return cause.message || ((cause as NodeJS.ErrnoException).code ?? message);
}
