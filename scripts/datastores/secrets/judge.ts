import { Failure } from '../../common/failure.ts';
import { readable } from '../archive/entry.ts';
import type { ObjectChange } from '../restore.ts';
import type { Archived } from './archived.ts';
import { isEnvFile, wordEnvDiff } from './env.ts';
import { type Look, look } from './look.ts';
import { livePath, type Place, requireNamed } from './place.ts';
import { requireFolders } from './roots.ts';

/** What becomes of a file or a link of the set. */
export interface Judged {
  readonly archived: Archived;
  /** Where it is live. A byte string. */
  readonly live: string;
  readonly change: ObjectChange['change'];
  /** For people, of an env file that differs. */
  readonly remark?: string;
}

/** How a restore compares. */
export interface Judgement {
  readonly forceConfig: boolean;
  /** Owners are restored, so that they are compared as well. */
  readonly withOwner: boolean;
}

/** Sets what the set holds against what is here. Throws Failure "refused" for what cannot be put in its place. */
export async function judge(entries: readonly Archived[], place: Place, how: Judgement): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const archived of entries) {
    if (archived.type === 'folder') continue;
    requireNamed(place, archived.path);
    await requireFolders(archived.path, Buffer.from(place.base).toString('latin1'), place.isHome);
    const live = livePath(place, archived.path);
    judged.push({ archived, live, ...judgeOne(archived, await look(live), how) });
  }
  return judged;
}

function judgeOne(archived: Archived, here: Look | undefined, how: Judgement): Pick<Judged, 'change' | 'remark'> {
  if (here === undefined) return { change: 'added' };
  const name = readable(archived.path);
  if (here.type === 'other') {
    const message = `"${name}" is a file in the set, and something else here`;
    throw new Failure('refused', { message, hint: 'move it away, or restore elsewhere: --to config=/PATH' });
  }
  if (isSame(archived, here, how.withOwner)) return { change: 'same' };
  if (!isEnvFile(archived.path, archived.env) && !isEnvFile(archived.path, here.env)) return { change: 'replaced' };
  const diff = `"${name}": ${wordEnvDiff(here.env, archived.env)}`;
  if (how.forceConfig) return { change: 'replaced', remark: `${diff}; it is replaced` };
  return { change: 'kept', remark: `${diff}; it is left as it is (--force-config replaces it)` };
}

/** True when nothing would change; a link has no mode of its own. */
export function isSame(archived: Archived, here: Look, withOwner: boolean): boolean {
  const type = archived.type === 'hard' ? 'file' : archived.type;
  if (type !== here.type || archived.content !== here.content) return false;
  if (withOwner && (archived.uid !== here.uid || archived.gid !== here.gid)) return false;
  return type === 'link' || archived.mode === here.mode;
}

/** True for what the restore puts in place. */
export function isComing({ change }: Judged): boolean {
  return change === 'added' || change === 'replaced';
}
