import { toFailure } from '../../common/failure.ts';
import { readySigner } from '../signing.ts';
import { findingOf } from './failing.ts';
import type { Check } from './finding.ts';

const WHY = 'no set could be made, or none that a restore would take';

/** The key signs, and the allowed signers take what it signs. Nothing is told where nothing is set. */
export const checkSigning: Check = async ({ bench }) => {
  const { signKey, allowedSigners } = bench.config;
  const about = 'signatures';
  if (signKey === undefined && allowedSigners === undefined) return [];
  if (signKey === undefined) {
    const what = `sets of this machine are not signed, and "${allowedSigners}" is asked before one is restored`;
    const why = 'the sets that are made here will not be taken here; right for a machine that only restores';
    return [{ level: 'warning', about, what, why, mend: 'BACKUP_SIGN_KEY=/path/of/an/ssh/key' }];
  }
  try {
    await readySigner(bench);
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return [findingOf(about, toFailure(error), WHY)];
  }
  const by =
    allowedSigners === undefined ? 'nobody checks it here (BACKUP_ALLOWED_SIGNERS)' : `"${allowedSigners}" takes it`;
  return [{ level: 'ok', about, what: `"${signKey}" signs each set; ${by}` }];
};
