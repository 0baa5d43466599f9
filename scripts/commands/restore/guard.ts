import { hostname } from 'node:os';
import { Failure } from '../../common/failure.ts';
import type { Manifest } from '../../sets/manifest.ts';
import { wordAgo } from '../../ui/units.ts';
import type { Workbench } from '../workbench.ts';

/** The flags that a person gives who knows where he is. */
export interface GuardFlags {
  readonly production?: boolean;
  readonly foreign?: boolean;
}

/** Backups are made here and restores elsewhere: nothing is restored over the data of such an environment. Throws "settings". */
export function requireRestoreRole({ config }: Workbench): void {
  if (config.role !== 'backup') return;
  throw new Failure('settings', {
    message: `the environment "${config.environment}" only makes backups: BACKUP_ROLE (role in holdfast.yaml) is "backup"`,
    stands: 'nothing was touched',
    hint: 'restore in the environment whose role is "restore"; to do it here all the same, set BACKUP_ROLE=both',
  });
}

/** The other way round: what an environment restores is no source of backups. Throws "settings". */
export function requireBackupRole({ config }: Workbench): void {
  if (config.role !== 'restore') return;
  throw new Failure('settings', {
    message: `the environment "${config.environment}" only takes restores: BACKUP_ROLE (role in holdfast.yaml) is "restore"`,
    hint: 'back up in the environment whose role is "backup"; to do it here as well, set BACKUP_ROLE=both',
  });
}

/** A target marked production, and a set of another environment, ask for a flag each. Throws Failure "refused". */
export function requireRightTarget(
  manifest: Pick<Manifest, 'environment' | 'host'> | undefined,
  flags: GuardFlags,
  { config }: Pick<Workbench, 'config'>,
): void {
  if (config.production && !flags.production) {
    throw new Failure('refused', {
      message: `the environment "${config.environment}" is marked as production`,
      stands: 'nothing was touched',
      hint: 'add --production when that is where you mean to restore',
    });
  }
  if (manifest === undefined || manifest.environment === config.environment || flags.foreign) return;
  throw new Failure('refused', {
    message: `the set was taken in the environment "${manifest.environment}", and this one is "${config.environment}"`,
    detail: `it was taken on "${manifest.host}"; this machine is "${hostname()}"`,
    stands: 'nothing was touched',
    hint: 'add --foreign when the data of another environment is what you want here',
  });
}

/** The head of a plan: where the set comes from, and where it goes. */
export function wordOrigin(
  manifest: Manifest | undefined,
  { config }: Pick<Workbench, 'config'>,
  now: number,
): string[] {
  const here = `to:    environment "${config.environment}"${config.production ? ' (PRODUCTION)' : ''}, machine "${hostname()}"`;
  if (manifest === undefined) return ['from:  a set without a manifest: nothing is recorded to compare with', here];
  const age = wordAgo(now - Date.parse(manifest.createdAt));
  const from = `from:  environment "${manifest.environment}", machine "${manifest.host}", taken ${age}`;
  const others = [
    ...(manifest.environment === config.environment ? [] : ['! the set is of ANOTHER ENVIRONMENT than this one']),
    ...(manifest.host === hostname() ? [] : ['! the set was taken on another machine than this one']),
  ];
  return [from, here, ...others];
}
