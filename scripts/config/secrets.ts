import type { SecretsSource } from '../datastores/datastore.ts';
import { readRecipients } from './encryption.ts';
import type { SettingsFile } from './file-settings.ts';
import { foundIn } from './found-in.ts';
import { resolvePath } from './password-file.ts';
import type { ServerContext } from './servers.ts';

/** How secrets are protected in sets. */
export interface SecretsPolicy {
  /** True when they may leave this machine without encryption. */
  readonly secretsPlain: boolean;
  /** Whom they are encrypted for in the place of the set's recipients; empty: as the set. */
  readonly secretsRecipients: readonly string[];
}

type Key = 'files' | 'folders' | 'recipients';

/** The settings about their protection; what is wrong with a recipient is added to the problems. */
export function readSecretsPolicy(file: SettingsFile | undefined, context: ServerContext): SecretsPolicy {
  const { values } = context;
  const plain = values.get('BACKUP_SECRETS_PLAIN')?.value ?? file?.settings.secrets?.plain ?? false;
  const recipients = values.get('BACKUP_SECRETS_RECIPIENTS') ?? inFile(file, 'recipients');
  return { secretsPlain: plain, secretsRecipients: recipients ? readRecipients(recipients, context) : [] };
}

/** What is backed up as secrets: that of BACKUP_SECRETS, else what holdfast.yaml names; undefined: nothing. */
export function readSecretsSource(file: SettingsFile | undefined, context: ServerContext): SecretsSource | undefined {
  const { values, folder, problems } = context;
  const listed = [inFile(file, 'files'), inFile(file, 'folders')].filter((found) => found !== undefined);
  const named = values.get('BACKUP_SECRETS');
  if (named !== undefined && listed.length > 0 && !file?.file.taken.has('BACKUP_SECRETS')) {
    problems.add(named.place, `found BACKUP_SECRETS while ${file?.file.path} lists secrets; remove one of them`);
  }
  const paths = listed.length > 0 ? listed.flatMap(({ value }) => value) : (named?.value ?? []);
  const whole = [...new Set(paths.map((path) => resolvePath(folder, path).replace(/(?<=.)\/+$/, '')))];
  return whole.length === 0 ? undefined : { base: folder, paths: whole };
}

function inFile<K extends Key>(file: SettingsFile | undefined, key: K) {
  return foundIn(file, ['secrets', key], file?.settings.secrets?.[key]);
}
