/** Measures several ways in turn, so that a machine that gets slower or busier does so for all of them. */

/** One way to do the work: runs it once and resolves when it has ended well. */
export interface Way {
  readonly name: string;
  run(): Promise<unknown>;
  /** Puts back what `run` changed; not measured. */
  after?(): Promise<unknown>;
}

/** Seconds of each round, by the name of the way. */
export type Timings = ReadonlyMap<string, readonly number[]>;

/** Every way once a round. Each round begins with another one: nobody always follows the same neighbour. */
export async function alternate(
  ways: readonly Way[],
  rounds: number,
  say: (text: string) => void = () => {},
): Promise<Timings> {
  const timings = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < ways.length; turn += 1) {
      const way = ways[(round + turn) % ways.length] as Way;
      const seconds = await timed(way);
      timings.get(way.name)?.push(seconds);
      say(`round ${round + 1}: ${way.name} ${seconds.toFixed(2)} s`);
    }
  }
  return timings;
}

/** Wall time of one run, in seconds. */
export async function timed(way: Way): Promise<number> {
  const began = performance.now();
  await way.run();
  const seconds = (performance.now() - began) / 1000;
  await way.after?.();
  return seconds;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** How ours compares: both medians, and the ratio of each round, whose median is what counts and whose spread is the noise. */
export interface Comparison {
  readonly ours: number;
  readonly other: number;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Compares two ways round by round: what slows the machine for a minute slows both. */
export function compare(timings: Timings, ours: string, other: string): Comparison {
  const mine = timings.get(ours) ?? [];
  const theirs = timings.get(other) ?? [];
  const ratios = mine.map((seconds, round) => seconds / (theirs[round] ?? Number.NaN));
  return {
    ours: median(mine),
    other: median(theirs),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
}
