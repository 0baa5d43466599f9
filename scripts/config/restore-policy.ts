import { oneOf, shaped, wholeNumber, yesOrNo } from '../common/rules.ts';
import type { SettingsFile } from './file-settings.ts';
import type { Values } from './values.ts';

/** What this environment may do, and what stands between a person and the wrong target. */
export interface RestorePolicy {
  /** "backup": nothing is restored over its servers; "restore": it makes no sets of its own; undefined: nobody said. */
  readonly role: 'backup' | 'restore' | 'both' | undefined;
  /** A restore asks for a flag more. */
  readonly production: boolean;
  /** The word to type before data is replaced, instead of the environment's name. */
  readonly domain: string | undefined;
  /** Days that what a restore replaced is kept; undefined: until a person says so, safety backups for 30. */
  readonly undoDays: number | undefined;
}

/** The rules of what .env and holdfast.yaml say. */
export const RESTORE_RULES = {
  role: oneOf('backup', 'restore', 'both'),
  production: yesOrNo,
  domain: shaped('a domain such as shop.example', /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/),
  undoDays: wholeNumber(1, 3_660),
} as const;

/** Environments that are called so are meant so. */
const PRODUCTION = /^prod(uction)?([-_.]|$)/i;

/** The settings of the environment and .env, else of holdfast.yaml. */
export function readRestorePolicy(environment: string, values: Values, file: SettingsFile | undefined): RestorePolicy {
  const written = file?.settings;
  return {
    role: values.get('BACKUP_ROLE')?.value ?? written?.role,
    production: values.get('BACKUP_PRODUCTION')?.value ?? written?.production ?? PRODUCTION.test(environment),
    domain: values.get('BACKUP_DOMAIN')?.value ?? written?.domain,
    undoDays: values.get('BACKUP_UNDO_DAYS')?.value ?? written?.undo_days,
  };
}
