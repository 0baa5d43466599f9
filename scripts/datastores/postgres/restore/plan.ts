import type { StoredSource } from '../../datastore.ts';
import type { RestoreWish } from '../../restore.ts';
import type { TargetState } from './checks.ts';
import type { Place } from './choose-way.ts';
import type { Load } from './load.ts';
import type { RestoreNeeds } from './needs.ts';
import type { chooseEntries } from './parts.ts';
import type { Extra } from './removal.ts';

/** A restore of one database with everything that `prepare` found out and brought. */
export interface RestorePlan {
  readonly wish: RestoreWish;
  readonly source: StoredSource;
  readonly place: Place;
  readonly needs: RestoreNeeds;
  readonly state: TargetState;
  readonly load: Load;
  /** The words of the comment that tells whose database it is, while it is not live. */
  readonly mark: string | undefined;
  /** False where only parts of the dump are restored. */
  readonly isWhole: boolean;
  readonly chosen: ReturnType<typeof chooseEntries> | undefined;
  /** What stands in the live database, is not in the set, and goes. */
  readonly extras: readonly Extra[];
}
