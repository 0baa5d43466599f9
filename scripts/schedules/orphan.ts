import { existsSync } from 'node:fs';
import type { ScheduleProblem } from './schedule.ts';

/**
 * A job of a folder that is not there any more, as a problem: a project that was moved has another id, its old jobs would
 * fail for ever, and nobody but another project is there to tell of them. None for a folder that is there or not known.
 */
export function orphanProblem(name: string, folder: string | undefined, mend: string): ScheduleProblem[] {
  if (folder === undefined || existsSync(folder)) return [];
  return [{ what: `"${name}" is of the folder "${folder}", which is not there any more`, mend }];
}
