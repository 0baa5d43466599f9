/**
 * Does some work with something that must be let go of in the end, whatever happens; undefined needs no letting go.
 * `await using` would say the same, but Node 22 does not know it. When both fail the failure of the work is the one to tell.
 */
export async function using<Resource extends AsyncDisposable | undefined, Result>(
  resource: Resource,
  work: (resource: Resource) => Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work(resource);
  } catch (error) {
    await resource?.[Symbol.asyncDispose]().then(
      () => undefined,
      () => undefined,
    );
    throw error;
  }
  await resource?.[Symbol.asyncDispose]();
  return result;
}
