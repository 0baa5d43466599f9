import { POLICY_SETTINGS } from '../common/policy.ts';
import {
  names,
  oneOf,
  plainName,
  type Rule,
  type RuleValue,
  secretText,
  shaped,
  text,
  wholeNumber,
  yesOrNo,
} from '../common/rules.ts';
import { ENCRYPTION_RULES } from './encryption.ts';
import { FILE_RULES } from './file-rules.ts';
import { NOTIFY_RULES } from './notify-rules.ts';
import { RESTORE_RULES } from './restore-policy.ts';
import { SCHEDULE_RULES } from './schedules.ts';
import { SECRETS_RULES } from './secrets-rules.ts';
import { TARGET_RULES } from './targets.ts';

/** One name of .env or the environment. */
export interface Setting {
  readonly rule: Rule<unknown>;
  /** For people; a text in brackets says where the value comes from when the name is not set. */
  readonly standard: string;
}

const used = <R extends Rule<unknown>>(rule: R, standard: string): { rule: R; standard: string } => ({
  rule,
  standard,
});

/** Limits and words that .env and holdfast.yaml share. */
export const RULES = {
  environment: plainName('a name'),
  folder: text('a folder'),
  retentionDays: POLICY_SETTINGS.days.rule,
  parallel: wholeNumber(1, 64),
  bandwidth: wholeNumber(1, 1_000_000_000),
  lockWaitSeconds: wholeNumber(1, 86_400),
  fingerprint: oneOf('counts', 'sums'),
  port: wholeNumber(1, 65_535),
  containerCommand: oneOf('podman', 'docker'),
  discover: yesOrNo,
  databases: names('names of databases with commas between them'),
  container: shaped('the name or id of a container, or its compose service', /^[A-Za-z0-9][\w.-]*$/),
  password: secretText('a password'),
  accessKey: secretText('the id of an access key'),
  outside: text('the name of an outside provider'),
  passwordFile: text('a file'),
  serverName: plainName('a name'),
  host: shaped(
    'a host name, an address, or the folder of a socket',
    /^(?:[\w.-]+|[0-9a-fA-F:.]+(?:%\w+)?|\/[^\p{Cc}]*)$/u,
  ),
  user: text('a user name'),
  signKey: text('the file of an SSH key'),
  allowedSigners: text('a file of allowed signers'),
} as const;

/**
 * Every name that Holdfast knows beside those of the members of rooms (storages, notifiers, kinds of store; see
 * member-variables.ts), in the order of .env.example and docs/environment-variables.md.
 * The names are fixed by the design; a test holds code and documents together.
 */
export const SETTINGS = {
  BACKUP_STORAGE: used(names('names of storages with commas between them'), 'local'),
  BACKUP_RETENTION_DAYS: used(RULES.retentionDays, '7'),
  BACKUP_ENVIRONMENT: used(RULES.environment, '(name of this machine)'),
  BACKUP_PARALLEL: used(RULES.parallel, '(number of cores)'),
  BACKUP_BANDWIDTH_KIB: used(RULES.bandwidth, '(no limit)'),
  BACKUP_DISCOVER: used(RULES.discover, 'yes'),
  CONTAINER_CMD: used(RULES.containerCommand, '(whichever holds the containers)'),
  BACKUP_LOCK_WAIT_SECONDS: used(RULES.lockWaitSeconds, '60'),
  BACKUP_FINGERPRINT: used(RULES.fingerprint, 'counts'),
  BACKUP_FILES: used(FILE_RULES.paths, '(none)'),
  BACKUP_SECRETS: used(SECRETS_RULES.paths, '(none)'),
  BACKUP_SECRETS_PLAIN: used(SECRETS_RULES.plain, 'no'),
  BACKUP_SECRETS_RECIPIENTS: used(SECRETS_RULES.recipients, '(those of the set)'),
  BACKUP_ROLE: used(RESTORE_RULES.role, '(both)'),
  BACKUP_PRODUCTION: used(RESTORE_RULES.production, '(yes, where the environment is called production)'),
  BACKUP_DOMAIN: used(RESTORE_RULES.domain, '(the name of the environment is typed)'),
  BACKUP_UNDO_DAYS: used(RESTORE_RULES.undoDays, '(until `restore --forget`; safety backups 30)'),
  BACKUP_SCHEDULE: used(SCHEDULE_RULES.time, '0 2 * * *'),
  BACKUP_TIMEZONE: used(SCHEDULE_RULES.timezone, '(that of this machine)'),
  BACKUP_OVERLAP: used(SCHEDULE_RULES.overlap, 'skip'),
  BACKUP_START_DELAY_MINUTES: used(SCHEDULE_RULES.delayMinutes, '5'),
  BACKUP_TIMEOUT_HOURS: used(SCHEDULE_RULES.timeoutHours, '12'),
  BACKUP_RPO_HOURS: used(SCHEDULE_RULES.rpoHours, '(the longest time between two backups, and two hours)'),
  BACKUP_PROOF_DAYS: used(TARGET_RULES.proofDays, '30'),
  BACKUP_RTO_MINUTES: used(TARGET_RULES.rtoMinutes, '(none)'),
  BACKUP_NOTIFY_ON: used(NOTIFY_RULES.on, 'failure,suspicious'),
  BACKUP_NOTIFY_REPEAT_HOURS: used(NOTIFY_RULES.repeatHours, '6'),
  BACKUP_SHRINK_PERCENT: used(NOTIFY_RULES.shrinkPercent, '50'),
  BACKUP_METRICS_FILE: used(NOTIFY_RULES.metricsFile, '(none)'),
  BACKUP_SIGN_KEY: used(RULES.signKey, '(sets are not signed)'),
  BACKUP_ALLOWED_SIGNERS: used(RULES.allowedSigners, '(signatures are not looked at)'),
  BACKUP_AGE_RECIPIENTS: used(ENCRYPTION_RULES.recipients, '(sets are not encrypted)'),
  BACKUP_AGE_IDENTITY: used(ENCRYPTION_RULES.identity, '(none)'),
  BACKUP_AGE_PASSPHRASE: used(ENCRYPTION_RULES.passphrase, '(asked on a terminal)'),
  BACKUP_AGE_PASSPHRASE_FILE: used(ENCRYPTION_RULES.passphraseFile, '(none)'),
  BACKUP_OPENSSL_PASSWORD_FILE: used(ENCRYPTION_RULES.opensslPasswordFile, '(asked on a terminal)'),
} as const satisfies Record<string, Setting>;

/** A name of {@link SETTINGS}. */
export type SettingName = keyof typeof SETTINGS;

/** The type that the rule of a name gives. */
export type SettingValue<Name extends SettingName> = RuleValue<(typeof SETTINGS)[Name]['rule']>;

/** True for a name of {@link SETTINGS}. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}
