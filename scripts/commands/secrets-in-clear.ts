import { Failure } from '../common/failure.ts';
import { AGE_SUFFIX } from '../sets/manifest.ts';
import type { Workbench } from './workbench.ts';

/** The sources of a set, as its manifest or the list of sets knows them. */
interface Sources {
  readonly sources: readonly { readonly kind: string; readonly artifacts: readonly { readonly path: string }[] }[];
}

/** True for a set that holds secrets which nothing encrypts. */
export function hasPlainSecrets({ sources }: Sources): boolean {
  return sources.some(
    ({ kind, artifacts }) => kind === 'secrets' && artifacts.some(({ path }) => !path.endsWith(AGE_SUFFIX)),
  );
}

/**
 * Secrets in the clear do not leave this machine, unless the person insists; then that is told each time. `where`: the
 * storage or the file that they would go to. Throws Failure "refused".
 */
export function requireSecretsMayLeave(where: string, { config, context }: Workbench): void {
  if (config.secretsPlain) {
    const message = `secrets go to ${where} in the clear: whoever can read it has every key (BACKUP_SECRETS_PLAIN)`;
    context.report({ kind: 'warning', source: 'secrets/config', message });
    return;
  }
  throw new Failure('refused', {
    message: `secrets would go to ${where} in the clear: nothing encrypts them`,
    source: 'secrets/config',
    stands: 'nothing was written there',
    hint: 'encrypt sets: set BACKUP_AGE_RECIPIENTS, or BACKUP_SECRETS_RECIPIENTS for these alone (holdfast keys init makes a key); or, where every key may lie there, BACKUP_SECRETS_PLAIN=yes; or leave them out: --components',
  });
}
