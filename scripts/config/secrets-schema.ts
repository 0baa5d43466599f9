import { section, value } from './schema-parts.ts';
import { SECRETS_RULES } from './secrets-rules.ts';

/** Env files, keys and certificates, as holdfast.yaml names them. */
export const secrets = section({
  files: value(SECRETS_RULES.paths, 'Env files, keys, certificates; names may have "*" and "?": config/*.pem.'),
  folders: value(SECRETS_RULES.paths, 'Folders of them.'),
  plain: value(SECRETS_RULES.plain, 'Whether they may leave this machine without encryption.'),
  recipients: value(SECRETS_RULES.recipients, 'Whom they are encrypted for; those of the set when missing.'),
}).optional();
