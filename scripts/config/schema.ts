import * as z from 'zod';
import { POLICY_SETTINGS } from '../common/policy.ts';
import { AROUND } from './around-schema.ts';
import { drill } from './drill-schema.ts';
import { ENCRYPTION_RULES } from './encryption.ts';
import { fileSources } from './file-schema.ts';
import { RULES } from './names.ts';
import { NOTIFY_RULES } from './notify-rules.ts';
import { RESTORE_RULES } from './restore-policy.ts';
import { SCHEDULE_RULES } from './schedules.ts';
import { allowText, section, value } from './schema-parts.ts';
import { secrets } from './secrets-schema.ts';
import { serverLists } from './server-schema.ts';
import { TARGET_RULES } from './targets.ts';

/**
 * The structure of holdfast.yaml. Its values are checked by the rules of .env (see rules.ts); this file is imported
 * only when there is a holdfast.yaml, because zod takes longer to load than everything else of a short command.
 * docs/holdfast.schema.json is made from it: `node scripts/config/json-schema.ts > docs/holdfast.schema.json`.
 */

const retentionRule = (name: keyof typeof POLICY_SETTINGS) => {
  const { rule, about } = POLICY_SETTINGS[name];
  return value(rule, `${about}.`);
};

/** Which sets are kept, everywhere or in one storage. */
export const retention = section({
  days: retentionRule('days'),
  last: retentionRule('last'),
  hourly: retentionRule('hourly'),
  daily: retentionRule('daily'),
  weekly: retentionRule('weekly'),
  monthly: retentionRule('monthly'),
  yearly: retentionRule('yearly'),
});

const schedule = section({
  name: value(SCHEDULE_RULES.name, 'What the schedule is called; what it does when missing.'),
  at: value(SCHEDULE_RULES.time, 'When it runs, as in crontab: minute, hour, day, month, day of the week.'),
  timezone: value(SCHEDULE_RULES.timezone, 'The zone of that time; that of the machine when missing.'),
  does: value(SCHEDULE_RULES.does, 'What is done; "backup" when missing.'),
  sources: value(SCHEDULE_RULES.sources, 'Which sources; all when missing.'),
  storages: value(SCHEDULE_RULES.storages, 'Which storages; all when missing.'),
  overlap: value(SCHEDULE_RULES.overlap, 'Whether a run that finds another one at work waits for it or leaves.'),
  delay_minutes: value(SCHEDULE_RULES.delayMinutes, 'The most minutes that a start is put off.'),
  timeout_hours: value(SCHEDULE_RULES.timeoutHours, 'The hours after which a run is ended.'),
  // How long the sets of its sources are kept.
  retention: retention.optional(),
  sample_percent: value(
    SCHEDULE_RULES.samplePercent,
    'Of "verify": so many percent of all sets, those first that were not looked at the longest; the newest set when missing.',
  ),
});

/** Members of a room by names of a person's choice. What each takes is checked by its own settings. */
function members<Shape extends z.ZodRawShape>(own: Shape, wanted: string) {
  const name = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, { error: 'a name of letters, digits, "_", "." and "-"' });
  return z.record(name, z.looseObject(own, { error: 'settings below it' }), { error: wanted }).optional();
}

const noticeKinds = value(NOTIFY_RULES.on, 'What is told: start, success, failure, suspicious.');

/** Checks holdfast.yaml, read without types (everything is text). */
export const fileSchema = section({
  environment: value(RULES.environment, 'What this installation is called, such as "production".'),
  // What each storage takes is told by its member: storages.ts checks it, json-schema.ts describes it.
  storage: members({ retention: retention.optional() }, 'storages by their names'),
  retention: retention.optional(),
  parallel: value(RULES.parallel, 'How many dumps run side by side.'),
  bandwidth_kib: value(RULES.bandwidth, 'KiB a second that storages beyond this machine take and give at most.'),
  discover: value(RULES.discover, 'Whether servers that are not named here are looked for.'),
  containers: value(RULES.containerCommand, 'Which engine holds the containers; both are asked when missing.'),
  lock_wait_seconds: value(RULES.lockWaitSeconds, 'How long a dump of PostgreSQL waits for a table lock.'),
  fingerprint: value(
    RULES.fingerprint,
    'What a restore is compared by: rows counted, or their content summed as well.',
  ),
  schedules: z
    .array(schedule, { error: 'a list of schedules ("- at: ...")' })
    .optional()
    .meta({ description: 'What is done at which times; a backup each night when missing.' }),
  drill: drill.optional(),
  ...AROUND,
  notify: members({ on: noticeKinds }, 'notifiers by their names'),
  notify_repeat_hours: value(NOTIFY_RULES.repeatHours, 'Hours before people are told the same failure again.'),
  shrink_percent: value(NOTIFY_RULES.shrinkPercent, 'Percent that a source must shrink by to look wrong.'),
  metrics_file: value(NOTIFY_RULES.metricsFile, 'Where metrics are written for node_exporter; ends in .prom.'),
  rpo_hours: value(SCHEDULE_RULES.rpoHours, 'How old the newest good set may become.'),
  proof_days: value(TARGET_RULES.proofDays, 'How many days ago a set was last proven by a restore, at most.'),
  rto_minutes: value(TARGET_RULES.rtoMinutes, 'How many minutes a restore may take.'),
  role: value(RESTORE_RULES.role, 'Whether this environment makes backups, takes restores, or both.'),
  production: value(RESTORE_RULES.production, 'Whether a restore asks for a flag more.'),
  domain: value(RESTORE_RULES.domain, 'The word to type before data is replaced; the environment when missing.'),
  undo_days: value(RESTORE_RULES.undoDays, 'Days that what a restore replaced is kept.'),
  signing: section({
    key: value(
      RULES.signKey,
      'The SSH key that signs each set: a private key, or a public one whose other half an agent holds.',
    ),
    allowed_signers: value(
      RULES.allowedSigners,
      "Whose sets are taken, in ssh-keygen's form; everybody's when missing.",
    ),
  }).optional(),
  encryption: section({
    recipients: value(
      ENCRYPTION_RULES.recipients,
      'Whom sets are encrypted for: public keys of age or SSH, or files of them.',
    ),
    identity: value(
      ENCRYPTION_RULES.identity,
      'The files of the private keys that open them; only needed to read sets.',
    ),
    passphrase: value(ENCRYPTION_RULES.passphrase, 'Opens an identity file that is protected with one.'),
    passphrase_file: value(ENCRYPTION_RULES.passphraseFile, 'A file that holds the passphrase.'),
  }).optional(),
  ...(serverLists as Record<never, z.ZodType>),
  files: fileSources,
  secrets,
});

/** holdfast.yaml, checked. */
export type FileSettings = z.infer<typeof fileSchema>;

/** The JSON Schema (2020-12) of holdfast.yaml, for editors. */
export function fileJsonSchema(): Record<string, unknown> {
  return { title: 'holdfast.yaml', ...z.toJSONSchema(fileSchema, { io: 'input', override: allowText }) };
}

/** The names that are known at a path of holdfast.yaml; empty where there is no section. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let here: unknown = fileSchema;
  for (const step of path) {
    const inner = unwrap(here);
    here =
      inner instanceof z.ZodArray
        ? inner.element
        : inner instanceof z.ZodObject
          ? inner.shape[step as string]
          : undefined;
  }
  const found = unwrap(here);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrap(schema.out) : schema;
}
