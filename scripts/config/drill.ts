import type { Kind } from '../common/kinds.ts';
import type { Question } from '../common/question.ts';
import { questionsOf } from '../datastores/index.ts';
import type { ServerSettings } from './config.ts';
import type { SettingsFile } from './file-settings.ts';
import { foundIn } from './found-in.ts';
import { allServerNames, type ServerNames } from './server-names.ts';
import { readUrl, type ServerContext, serverOfUrl, withPassword } from './servers.ts';

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

/** The settings of drills; what is wrong with them is among the problems. */
export function readDrill(file: SettingsFile | undefined, context: ServerContext): DrillPolicy {
  const written = file?.settings.drill;
  const all = allServerNames();
  const images = all.map(([kind, { drillImage }]) => [
    kind,
    (drillImage && context.values.by(drillImage)?.value) ?? written?.images?.[kind],
  ]);
  const servers = all.map(([kind, names]) => readServer(kind, names, file, context));
  const checks = (written?.checks ?? []).map((_, index) => readCheck(index, file as SettingsFile, context));
  return {
    drill: {
      images: Object.fromEntries(images.filter(([, image]) => image !== undefined)),
      servers: servers.filter((server) => server !== undefined),
      checks: checks.filter((check) => check !== undefined),
    },
  };
}

function readServer(
  kind: Kind,
  { drillUrl }: ServerNames,
  file: SettingsFile | undefined,
  context: ServerContext,
): ServerSettings | undefined {
  if (drillUrl === undefined) return undefined;
  const written = file?.settings.drill?.servers?.[kind];
  const found = context.values.by(drillUrl) ?? foundIn(file, ['drill', 'servers', kind], written);
  if (found === undefined) return undefined;
  const parts = readUrl(kind, found.value, { place: found.place, subject: drillUrl.variable }, context.problems);
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
  const asked = questionsOf(source.split('/', 1)[0] ?? '');
  if (given.length !== 1 || (sql !== undefined ? 'sql' : 'documents') !== asked) return undefined;
  if (sql !== undefined) return { sql };
  if (collection !== undefined) return { collection, count: count ?? '{}' };
  return command !== undefined && path !== undefined ? { command, path } : undefined;
}
