import { availableParallelism, hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Kind } from '../common/kinds.ts';
import { policyOf, type RetentionPolicy } from '../common/policy.ts';
import { readAround } from './around.ts';
import type { Config, ServerSettings } from './config.ts';
import { readDrill } from './drill.ts';
import { readEncryption } from './encryption.ts';
import { readEnvFile } from './env-file.ts';
import type { Environment } from './environment.ts';
import { readSettingsFile, type SettingsFile } from './file-settings.ts';
import { readFileSources, withoutSets } from './file-sources.ts';
import { RULES } from './names.ts';
import { readNotify } from './notify.ts';
import { Problems } from './problems.ts';
import { readRestorePolicy } from './restore-policy.ts';
import { readSchedules } from './schedules.ts';
import { readSecretsPolicy, readSecretsSource } from './secrets.ts';
import { allServerNames } from './server-names.ts';
import { type ServerContext, serverOfValues } from './servers.ts';
import { readSigning } from './signing.ts';
import { readStorages } from './storages.ts';
import { readTargets } from './targets.ts';
import { type Flags, joinValues, type Values } from './values.ts';

/** Where settings are looked for. */
export interface ConfigSources {
  /** The current folder: .env, holdfast.yaml and relative paths belong to it. */
  readonly folder: string;
  /** From {@link file://./environment.ts}. */
  readonly environment: Environment;
  /** What the command line says, under the names of the environment: { BACKUP_PARALLEL: "4" }. */
  readonly flags?: Flags;
}

const DEFAULTS = { retentionDays: 7, lockWaitSeconds: 60 } as const;

/**
 * All settings, checked, defaults filled in. Command line before environment before .env before holdfast.yaml.
 * Throws one Failure "settings" that lists everything that is wrong with file, line and column, and never a secret.
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const folder = resolve(sources.folder);
  const problems = new Problems();
  const envFile = await readEnvFile(folder, problems);
  const { environment, flags = {} } = sources;
  const values = joinValues({ flags, environment, file: envFile }, problems);
  const settingsFile = await readSettingsFile(folder, values, problems);
  const context = { folder, environment, values, problems };
  const plain = readPlain(values, settingsFile);
  const storages = await readStorages(settingsFile, context);
  const config = {
    folder,
    ...plain,
    ...readRestorePolicy(plain.environment, values, settingsFile),
    storages,
    ...readSchedules(settingsFile, context),
    ...readDrill(settingsFile, context),
    ...readTargets(values, settingsFile),
    ...readAround(settingsFile, problems),
    ...(await readNotify(settingsFile, context)),
    ...readSigning(settingsFile, context),
    ...readEncryption(settingsFile, context),
    ...readSecretsPolicy(settingsFile, context),
    ...(await readServers(context, settingsFile, storages)),
    files: [envFile?.path, settingsFile?.file.path].filter((path) => path !== undefined),
  };
  problems.throwIfAny();
  return config;
}

type PlainNames =
  | 'environment'
  | 'retention'
  | 'bandwidth'
  | 'parallel'
  | 'lockWaitSeconds'
  | 'sums'
  | 'containerCommand'
  | 'discover';

function readPlain(values: Values, file: SettingsFile | undefined): Pick<Config, PlainNames> {
  const settings = file?.settings;
  return {
    environment: values.get('BACKUP_ENVIRONMENT')?.value ?? settings?.environment ?? machineName(),
    bandwidth: bytesOf(values.get('BACKUP_BANDWIDTH_KIB')?.value ?? settings?.bandwidth_kib),
    retention: readRetention(values, settings?.retention),
    parallel: values.get('BACKUP_PARALLEL')?.value ?? settings?.parallel ?? availableParallelism(),
    lockWaitSeconds:
      values.get('BACKUP_LOCK_WAIT_SECONDS')?.value ?? settings?.lock_wait_seconds ?? DEFAULTS.lockWaitSeconds,
    sums: (values.get('BACKUP_FINGERPRINT')?.value ?? settings?.fingerprint) === 'sums',
    containerCommand: values.get('CONTAINER_CMD')?.value ?? settings?.containers,
    discover: values.get('BACKUP_DISCOVER')?.value ?? settings?.discover ?? true,
  };
}

function bytesOf(kibibytes: number | undefined): number | undefined {
  return kibibytes === undefined ? undefined : kibibytes * 1024;
}

/** The usual days hold only where no rule is set at all: who asks for a count of months wants nothing else. */
function readRetention(values: Values, written: RetentionPolicy = {}): RetentionPolicy {
  const days = values.get('BACKUP_RETENTION_DAYS')?.value ?? written.days;
  const policy = policyOf({ ...written, days });
  return Object.keys(policy).length > 0 ? policy : { days: DEFAULTS.retentionDays };
}

/** A host name may hold what an environment's name may not; people type that name to confirm a restore. */
function machineName(): string {
  return RULES.environment.read(hostname()) ?? 'this-machine';
}

async function readServers(
  context: ServerContext,
  file: SettingsFile | undefined,
  storages: Config['storages'],
): Promise<Pick<Config, 'servers' | 'databases'>> {
  const servers: ServerSettings[] = [];
  const databases: Partial<Record<Kind, readonly string[]>> = {};
  for (const [kind, names] of allServerNames()) {
    const listed = file === undefined ? undefined : await serversListed(kind, file, context);
    const named = listed ?? [serverOfValues(kind, context)].filter((server) => server !== undefined);
    servers.push(...named);
    const asked = names.databases && context.values.by(names.databases)?.value;
    if (named.length === 0 && asked !== undefined) databases[kind] = asked;
  }
  const files = readFileSources(file, context).map((source) => withoutSets(source, storages, context.folder));
  if (files.length > 0) servers.push({ kind: 'files', name: 'default', files });
  const secrets = readSecretsSource(file, context);
  if (secrets !== undefined) servers.push({ kind: 'secrets', name: 'default', secrets });
  return { servers, databases };
}

async function serversListed(
  kind: Kind,
  file: SettingsFile,
  context: ServerContext,
): Promise<readonly ServerSettings[] | undefined> {
  const { serversOfFile } = await import('./file-servers.ts');
  return serversOfFile(kind, file, context);
}
