import { Buffer } from 'node:buffer';

/**
 * Gives the memory of a used buffer back at once; whoever looks at it afterwards finds it empty, so only its last owner
 * may do it. Left to the garbage collector such buffers pile up to tens of megabytes, because their memory lies outside
 * its heap, and make it run often. Of a buffer that was cut into slices only the last slice does it: the others may
 * still be in use, or the rest still be filled, as zlib does. Slices of node's pool stay as they are: everybody shares it.
 */
export function release({ buffer, byteOffset, length }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  const isWhole = length === buffer.byteLength;
  const isLast = byteOffset + length === buffer.byteLength && buffer.byteLength > Buffer.poolSize;
  if (isWhole || isLast) buffer.transfer(0);
}
