import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toFailure } from '../common/failure.ts';
import type { Job } from './schedule.ts';

/**
 * Makes the folders of the logs: launchd, systemd and sh open the file themselves before they start the job, and do not
 * start it without its folder. Only the owner may read what tools say.
 */
export async function makeLogFolders(jobs: readonly Job[]): Promise<void> {
  for (const folder of new Set(jobs.map(({ logFile }) => dirname(logFile)))) {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw toFailure(error, { step: `make "${folder}"` });
    });
  }
}
