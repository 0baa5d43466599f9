/** How far {@link inOrder} works ahead. */
export interface Ahead<Item> {
  /** Items in the works at most. */
  readonly most: number;
  /** Bytes that results may hold together; one item alone may hold more. */
  readonly room: number;
  /** Bytes that the result of an item is going to hold. */
  readonly weigh: (item: Item) => number;
}

/**
 * Does `work` for several items at once and gives the results in the order of the items. Memory is bounded: no more is
 * begun than fits. When the caller stops, or anything fails, all that was begun is waited for; its signal ends it.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  { most, room, weigh }: Ahead<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Result, void> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const running: { readonly result: Promise<Result>; readonly bytes: number }[] = [];
  let held = 0;
  const takeFirst = () => {
    const first = running.shift() as (typeof running)[number];
    held -= first.bytes;
    return first.result;
  };
  try {
    for await (const item of items) {
      const bytes = weigh(item);
      while (running.length > 0 && (running.length >= most || held + bytes > room)) yield await takeFirst();
      const result = work(item, both);
      // It is awaited in its turn; until then a failure must not count as unhandled.
      result.catch(() => undefined);
      running.push({ result, bytes });
      held += bytes;
    }
    while (running.length > 0) yield await takeFirst();
  } finally {
    ending.abort();
    await Promise.allSettled(running.map(({ result }) => result));
  }
}
