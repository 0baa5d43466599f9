const MEBIBYTE = 1024 * 1024;

/** Up to which part a size holds. */
export interface PartStage {
  /** The last part of this size, counted from 1. */
  readonly until: number;
  readonly bytes: number;
}

/**
 * How an upload is cut. A provider takes at most 10,000 parts of at least 5 MiB (the last may be shorter); all that is
 * in memory is parts (AWS, "Amazon S3 multipart upload limits").
 */
export interface PartSizes {
  readonly most: number;
  /**
   * Sizes of the parts of an object of unknown size: they grow, so that a small one takes little memory and one of
   * 500 GB still fits.
   */
  readonly stages: readonly PartStage[];
  /** All parts but the last must be of one size: Cloudflare refuses others, when all bytes have arrived. */
  readonly equal: boolean;
  /** Bytes of equal parts when the size is known, and not large. */
  readonly leastEqual: number;
  /** Bytes of equal parts when the size is unknown: 10,000 of them are 500 GB. */
  readonly unknownEqual: number;
  /** Bytes of every part, when the person has decided. */
  readonly fixed?: number;
  /** Bytes of small parts in memory for one upload: as many as fit are on their way at once. */
  readonly memory: number;
  /** Two larger parts are in memory as long as they fit in here, so that one is filled while another is sent. */
  readonly pairMemory: number;
}

/**
 * For real providers; tests scale it down. Together the stages hold 505 GB. Node with the SDK and the chunks that wait
 * for its garbage collector take about 120 MiB (as the launcher starts it), so that with up to 48 MiB of parts an upload
 * stays well below 200 MiB on a busy machine too (measured: 15 MiB of parts 137). Parts too large for a pair are filled and sent in turn, which
 * costs objects of more than 100 GB a fifth of their speed and nothing smaller anything.
 */
export const ORDINARY_PARTS: PartSizes = {
  most: 10_000,
  stages: [
    { until: 420, bytes: 5 * MEBIBYTE },
    { until: 1000, bytes: 20 * MEBIBYTE },
    { until: 10_000, bytes: 52 * MEBIBYTE },
  ],
  equal: false,
  leastEqual: 8 * MEBIBYTE,
  unknownEqual: 48 * MEBIBYTE,
  memory: 15 * MEBIBYTE,
  pairMemory: 40 * MEBIBYTE,
};

/** So many times what is expected fits into the parts: where they may grow, and where they may not. */
const ROOM = 1.5;
const ROOM_EQUAL = 4;

/** Gives the size of each part, counted from 1, or undefined when there are no more. */
export function partSizes(sizes: PartSizes, expectedBytes: number | undefined): (part: number) => number | undefined {
  const { most, fixed, equal } = sizes;
  if (fixed !== undefined) return (part) => (part > most ? undefined : fixed);
  const size = equal ? equalSize(sizes, expectedBytes) : growingSize(sizes, expectedBytes);
  return (part) => (part > most ? undefined : size(part));
}

function equalSize({ most, leastEqual, unknownEqual }: PartSizes, expectedBytes: number | undefined) {
  if (expectedBytes === undefined) return () => unknownEqual;
  const size = Math.max(leastEqual, roundUp((expectedBytes * ROOM_EQUAL) / most));
  return () => size;
}

/** Parts of one size for what is expected, larger ones for what comes beyond it. */
function growingSize({ most, stages }: PartSizes, expectedBytes = 0) {
  const least = Math.max(stages[0]?.bytes ?? 0, roundUp((expectedBytes * ROOM) / most));
  const expectedParts = Math.ceil((expectedBytes * ROOM) / least);
  return (part: number) => {
    if (part <= expectedParts) return least;
    const stage = stages.find(({ until }) => part <= until);
    return Math.max(least, stage?.bytes ?? 0);
  };
}

/** How many parts of this size are in memory at once. */
export function partsInMemory({ memory, pairMemory }: PartSizes, size: number): number {
  return Math.max(Math.floor(memory / size), 2 * size <= pairMemory ? 2 : 1);
}

/** Whole MiB for real sizes; scaled-down ones stay as they are. */
function roundUp(bytes: number): number {
  return bytes < MEBIBYTE ? Math.ceil(bytes) : Math.ceil(bytes / MEBIBYTE) * MEBIBYTE;
}
