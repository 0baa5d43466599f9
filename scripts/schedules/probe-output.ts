import { open } from 'node:fs/promises';

/** What a probe gives: how the command ended and what it printed. */
export interface ProbeAnswer {
  readonly exitCode: number;
  /** At most {@link PROBE_OUTPUT_LIMIT} bytes, of the beginning. */
  readonly output: string;
}

/** As much as is read of what a probe printed. */
const PROBE_OUTPUT_LIMIT = 64 * 1024;

/** What a probe printed into a file; empty when it never came to open it. */
export async function readProbeOutput(path: string): Promise<string> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PROBE_OUTPUT_LIMIT), 0, PROBE_OUTPUT_LIMIT, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
