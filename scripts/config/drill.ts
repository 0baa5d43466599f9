import type { Kind, ServerKind } from '../common/kinds.ts';
import type { Question } from '../common/question.ts';
import type { ServerSettings } from './config.ts';
import type { SettingsFile } from './file-settings.ts';
import { foundIn } from './found-in.ts';
import { readUrl, SERVER_NAMES, type ServerContext, serverOfUrl, withPassword } from './servers.ts';

/** A question of a person's own that a drill asks a restored database, and what the answer must be. */
export interface DrillCheck {
  readonly name: string;
  /** "postgres/app". */
  readonly source: string;
  readonly question: Question;
  /** The answer as text. */
  readonly expect?: string | undefined;
  /** The answer must be a number, and not smaller. */
  readonly atLeast?: number | undefined;
}

/** What the settings say of drills. */
export interface DrillPolicy {
  readonly drill: {
    /** The image that a throw-away server of a kind is started from; else that of the server which was dumped. */
    readonly images: Readonly<Partial<Record<Kind, string>>>;
    /** Servers to restore to beside what they hold, instead of throw-away ones. */
    readonly servers: readonly ServerSettings[];
    readonly checks: readonly DrillCheck[];
  };
}

/** The names of .env that a drill of a kind has. */
const NAMES = {
  postgres: { image: 'BACKUP_DRILL_POSTGRES_IMAGE', url: 'BACKUP_DRILL_POSTGRES_URL' },
  mongo: { image: 'BACKUP_DRILL_MONGO_IMAGE', url: 'BACKUP_DRILL_MONGO_URL' },
  // A server is restored as a whole, so that there is no other name for it on a server of somebody's.
  redis: { image: 'BACKUP_DRILL_REDIS_IMAGE', url: undefined },
  influxdb: { image: 'BACKUP_DRILL_INFLUXDB_IMAGE', url: undefined },
} as const satisfies Record<ServerKind, { image: string; url: string | undefined }>;

const KINDS = Object.keys(SERVER_NAMES) as ServerKind[];

/** The settings of drills; what is wrong with them is among the problems. */
export function readDrill(file: SettingsFile | undefined, context: ServerContext): DrillPolicy {
  const written = file?.settings.drill;
  const images = KINDS.map((kind) => [kind, context.values.get(NAMES[kind].image)?.value ?? written?.images?.[kind]]);
  const servers = KINDS.map((kind) => readServer(kind, file, context)).filter((server) => server !== undefined);
  const checks = (written?.checks ?? []).map((_, index) => readCheck(index, file as SettingsFile, context));
  return {
    drill: {
      images: Object.fromEntries(images.filter(([, image]) => image !== undefined)),
      servers,
      checks: checks.filter((check) => check !== undefined),
    },
  };
}

function readServer(
  kind: ServerKind,
  file: SettingsFile | undefined,
  context: ServerContext,
): ServerSettings | undefined {
  const name = NAMES[kind].url;
  if (name === undefined || kind === 'redis' || kind === 'influxdb') return undefined;
  const written = file?.settings.drill?.servers?.[kind];
  const found = context.values.get(name) ?? foundIn(file, ['drill', 'servers', kind], written);
  if (found === undefined) return undefined;
  const parts = readUrl(kind, found.value, { place: found.place, subject: name }, context.problems);
  if (parts === undefined) return undefined;
  const settings = serverOfUrl(kind, 'drill', parts, undefined);
  return withPassword(settings, found.place, () => undefined, context);
}

/** Undefined, and among the problems, when it is not known what is asked or what is expected. */
function readCheck(
  index: number,
  { file, settings }: SettingsFile,
  { problems }: ServerContext,
): DrillCheck | undefined {
  const written = settings.drill?.checks?.[index];
  if (written === undefined) return undefined;
  const { name = `check ${index + 1}`, source, expect, expect_at_least: atLeast } = written;
  const wrong = (what: string): undefined => {
    problems.add(file.placeOf(['drill', 'checks', index]), `the check "${name}" ${what}`);
    return undefined;
  };
  if (source === undefined) return wrong('has no source, expected one such as "postgres/app"');
  const question = questionOf(written, source);
  if (question === undefined) return wrong(`has no question that "${source}" can be asked: ${WANTED}`);
  if ((expect === undefined) === (atLeast === undefined)) return wrong('needs one of "expect" and "expect_at_least"');
  return { name, source, question, expect, atLeast };
}

const WANTED = 'expected "sql" for PostgreSQL, "collection" with "count" or "command" with "path" for MongoDB';

type WrittenCheck = NonNullable<NonNullable<SettingsFile['settings']['drill']>['checks']>[number];

function questionOf({ sql, collection, count, command, path }: WrittenCheck, source: string): Question | undefined {
  const given = [sql, collection, command].filter((each) => each !== undefined);
  if (given.length !== 1 || (sql !== undefined) !== source.startsWith('postgres/')) return undefined;
  if (sql !== undefined) return { sql };
  if (collection !== undefined) return { collection, count: count ?? '{}' };
  return command !== undefined && path !== undefined ? { command, path } : undefined;
}
