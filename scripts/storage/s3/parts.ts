import type { Readable } from 'node:stream';

/** One part of a stream, in a buffer that is given back when the part was sent. */
export interface Part {
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
  /** The whole stream is in this one. */
  readonly isWhole: boolean;
  /** Gives the memory back. */
  release(): void;
}

/** What a stream is cut by. */
export interface CutOptions {
  /** Bytes of a part by its number, from 1; throws when there may be no such part. */
  readonly sizeOf: (part: number) => number;
  readonly memory: PartMemory;
}

/**
 * Cuts a stream into parts; all but the last are full. An empty stream is one empty part. Waits for memory before it
 * reads on, which is what holds the source back.
 */
export async function* cutParts(body: Readable, { sizeOf, memory }: CutOptions): AsyncGenerator<Part> {
  let number = 1;
  let buffer = await memory.take(sizeOf(number));
  let filled = 0;
  const part = (bytes: Buffer, isWhole: boolean): Part => {
    const taken = buffer;
    return { number, bytes, isWhole, release: () => memory.giveBack(taken) };
  };
  for await (const chunk of body as AsyncIterable<Buffer>) {
    for (let offset = 0; offset < chunk.length; ) {
      if (filled === buffer.length) {
        yield part(buffer, false);
        number += 1;
        buffer = await memory.take(sizeOf(number));
        filled = 0;
      }
      const copied = chunk.copy(buffer, filled, offset);
      filled += copied;
      offset += copied;
    }
  }
  yield part(buffer.subarray(0, filled), number === 1);
}

/** Buffers for parts, used again and again: what is allocated anew for each part is freed only much later. */
export interface PartMemory {
  /** Waits until there is room; rejects when the signal is aborted. */
  take(size: number): Promise<Buffer>;
  giveBack(buffer: Buffer): void;
}

/** Memory for at most `mostOf(size)` parts of a size at once. */
export function partMemory(mostOf: (size: number) => number, signal: AbortSignal): PartMemory {
  const free: Buffer[] = [];
  let used = 0;
  let freed: (() => void) | undefined;
  return {
    take: async (size) => {
      while (used >= mostOf(size)) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          freed = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      signal.throwIfAborted();
      used += 1;
      const fitting = free.findIndex((buffer) => buffer.length === size);
      if (fitting >= 0) return free.splice(fitting, 1)[0] as Buffer;
      // Parts of the old size are not needed any more.
      free.length = 0;
      return Buffer.allocUnsafeSlow(size);
    },
    giveBack: (buffer) => {
      used -= 1;
      free.push(buffer);
      freed?.();
    },
  };
}
