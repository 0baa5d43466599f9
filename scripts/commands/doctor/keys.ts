import { chmod, stat } from 'node:fs/promises';
import { toFailure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import { shortRecipient } from '../../crypt/recipient.ts';
import { examineKeys, isInOrder } from '../keys/check.ts';
import { openerOf, readySealing } from '../keys/encryption.ts';
import { type FoundIdentity, findIdentities } from '../keys/identities.ts';
import { readMemory } from '../keys/memory.ts';
import type { Workbench } from '../workbench.ts';
import { findingOf } from './failing.ts';
import type { Check, Finding } from './finding.ts';

const ABOUT = 'encryption';
const WHY = 'backups that nobody can decrypt are no backups';
const CHECK = 'BACKUP_AGE_IDENTITY=/media/usb/holdfast-identity.txt holdfast keys check';

/** How long a check with the recovery identity counts, in milliseconds. */
const CHECK_COUNTS = 180 * 24 * 60 * 60 * 1000;

/** Whether new sets can be encrypted, and whether what is here, or was shown once, opens them. */
export const checkKeys: Check = async ({ bench }) => {
  const { recipients, identityFiles } = bench.config;
  if (recipients.length === 0 && identityFiles.length === 0) return [OFF];
  return [...(await canEncrypt(bench)), ...fewKeys(bench), ...(await identities(bench)), ...(await lastCheck(bench))];
};

const OFF: Finding = { level: 'ok', about: ABOUT, what: 'sets are not encrypted; "holdfast keys init" begins with it' };

async function canEncrypt(bench: Workbench): Promise<Finding[]> {
  const { recipients } = bench.config;
  if (recipients.length === 0) return [];
  try {
    await readySealing(bench);
    const keys = recipients.map(shortRecipient).join(', ');
    return [{ level: 'ok', about: ABOUT, what: `sets are encrypted for ${keys}` }];
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return [findingOf(ABOUT, toFailure(error), 'no backup can be made')];
  }
}

function fewKeys({ config }: Workbench): Finding[] {
  if (config.recipients.length !== 1) return [];
  const mend = 'make a second one, for somebody else or another place: holdfast keys init --output second.txt';
  return [
    {
      level: 'warning',
      about: 'recipients',
      what: 'there is one only',
      why: 'a key that is lost takes all backups along',
      mend,
    },
  ];
}

async function identities(bench: Workbench): Promise<Finding[]> {
  if (bench.config.identityFiles.length === 0) return [];
  try {
    const found = await findIdentities(bench);
    const modes = (await Promise.all(found.map(modeOf))).flat();
    return [...modes, ...found.flatMap((one) => stays(one, bench)), ...(await opening(found, bench))];
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return [findingOf('identity', toFailure(error), 'no set could be read on this machine')];
  }
}

async function modeOf({ where, isProtected }: FoundIdentity): Promise<Finding[]> {
  const mode = (await stat(where)).mode & 0o777;
  if (isProtected || (mode & 0o077) === 0) return [];
  return [
    {
      level: 'problem',
      about: 'identity',
      what: `"${where}" can be read by others (mode 0${mode.toString(8)}), expected 0600`,
      why: 'whoever has it reads every backup',
      mend: `chmod 600 ${where}`,
      fix: async () => {
        await chmod(where, 0o600);
        return `${where} has mode 0600`;
      },
    },
  ];
}

/** The host that backs up needs public keys alone: whoever breaks into it must not read the old sets. */
function stays({ where, isProtected }: FoundIdentity, { config }: Workbench): Finding[] {
  if (isProtected || config.recipients.length === 0 || !where.startsWith(`${config.folder}/`)) return [];
  return [
    {
      level: 'warning',
      about: 'identity',
      what: `"${where}" lies on the host that backs up`,
      why: 'whoever breaks into this host reads every set, the old ones too',
      mend: 'move it to a password manager or a USB stick, or protect it: holdfast keys init --passphrase',
    },
  ];
}

/** Without a passphrase in the settings a protected identity stays closed: the doctor asks nobody. */
async function opening(found: readonly FoundIdentity[], bench: Workbench): Promise<Finding[]> {
  if (bench.config.passphrase === undefined && found.some(({ isProtected }) => isProtected)) {
    return [{ level: 'ok', about: 'identity', what: 'it is protected with a passphrase, and goes into every set' }];
  }
  const { selectCrypt } = await import('../../crypt/select.ts');
  const state = await examineKeys(selectCrypt(processEnvironment()), await openerOf(found, bench), bench);
  const { recipients, newest } = state;
  if (newest?.problem !== undefined) {
    const what = `it does not open the newest encrypted set ${newest.set}: ${newest.problem}`;
    return [{ level: 'problem', about: 'identity', what, why: WHY, mend: 'set BACKUP_AGE_IDENTITY to the right file' }];
  }
  if (recipients.length > 0 && !isInOrder(state)) {
    const what = 'it opens nothing of what is encrypted now: none of the recipients belongs to it';
    return [
      {
        level: 'problem',
        about: 'identity',
        what,
        why: WHY,
        mend: 'correct BACKUP_AGE_RECIPIENTS or BACKUP_AGE_IDENTITY',
      },
    ];
  }
  return [
    {
      level: 'ok',
      about: 'identity',
      what: newest ? `it opens the newest encrypted set ${newest.set}` : 'it opens what is encrypted now',
    },
  ];
}

async function lastCheck({ config }: Workbench): Promise<Finding[]> {
  const { recipients } = config;
  if (recipients.length === 0) return [];
  const { checkedAt, checked = [], kept } = await readMemory(config);
  const about = 'recovery';
  const overdue = (what: string): Finding[] => [{ level: 'warning', about, what, why: WHY, mend: CHECK }];
  if (checkedAt === undefined) {
    const isKept = recipients.some((recipient) => kept.includes(recipient));
    return overdue(
      `${isKept ? 'an identity was kept, but ' : ''}nobody has shown yet that the identity opens the sets`,
    );
  }
  if (recipients.some((recipient) => !checked.includes(recipient))) {
    return overdue('the recipients changed since the last check');
  }
  const day = checkedAt.slice(0, 10);
  if (Date.now() - Date.parse(checkedAt) > CHECK_COUNTS) return overdue(`the identity was last checked on ${day}`);
  return [{ level: 'ok', about, what: `the identity was checked on ${day}` }];
}
