import type { DumpFacts } from '../../datastore.ts';
import type { Difference } from '../../restore.ts';
import type { TableRow } from '../backup/catalog.ts';
import { type CatalogFacts, readCatalog, readIndexes } from '../backup/facts.ts';
import type { Conversation } from '../connection/conversation.ts';
import { spellTable } from '../count.ts';
import { type DatabaseDetails, detailsOf } from '../details.ts';
import { laggingSequences } from './lagging.ts';

/**
 * What a database is made with; a dump is of little use where one of these is another. Names of locales of ICU are not
 * compared: later servers write them in another way.
 */
const MADE_WITH = ['owner', 'encoding', 'localeProvider', 'collate', 'ctype'] as const;

/** What was found of a database that was made for its restore. */
interface NewComparison {
  readonly differences: readonly Difference[];
  /** What is otherwise because of the server, and not because of the dump. */
  readonly notes: readonly string[];
}

/** What `differencesOf` of compare.ts cannot ask of a database that held something before. */
export async function compareNew(
  talk: Conversation,
  facts: DumpFacts,
  tables: readonly TableRow[],
): Promise<NewComparison> {
  const found = await readCatalog(talk, tables);
  const details = detailsOf(facts);
  const differences = [
    ...(details.database === undefined ? [] : madeDifferences(details.database, found.database)),
    ...extraTables(facts, tables, await readIndexes(talk)),
    ...extraObjects(details.objects, found.objects),
    ...missingExtensions(details.extensions ?? [], found.extensions),
    ...(await laggingSequences(talk, details.sequences ?? {})),
  ];
  return { differences, notes: otherVersions(details.extensions ?? [], found.extensions) };
}

function madeDifferences(expected: Partial<DatabaseDetails>, found: DatabaseDetails): Difference[] {
  const spell = (value: string | null | undefined): string => (value ?? '') || 'none';
  return MADE_WITH.filter((key) => key in expected && spell(expected[key]) !== spell(found[key])).map((key) => ({
    name: `the database's ${key}`,
    expected: spell(expected[key]),
    found: spell(found[key]),
  }));
}

/**
 * Parents of partitions have no rows, and are known by their indexes where they have some. The unlogged tables of a
 * standby have none either.
 */
function extraTables(
  { fingerprint: { counts, indexes = {} } }: DumpFacts,
  tables: readonly TableRow[],
  found: Readonly<Record<string, readonly string[]>>,
): Difference[] {
  const expected = 'no such table';
  const more = tables.filter((table) => !table.parent && !table.unlogged && !(spellTable(table) in counts));
  const indexed = Object.keys(found).filter(
    (name) => !(name in indexes) && !more.some((table) => spellTable(table) === name),
  );
  return [
    ...more.map((table) => ({ name: spellTable(table), expected, found: 'a table' })),
    ...indexed.map((name) => ({ name, expected: 'no indexes', found: `indexes ${found[name]?.join(', ')}` })),
  ];
}

function extraObjects(expected: CatalogFacts['objects'] = {}, found: CatalogFacts['objects']): Difference[] {
  return Object.entries(expected)
    .filter(([name, count]) => (found[name] ?? 0) > count)
    .map(([name, count]) => ({ name, expected: String(count), found: String(found[name]) }));
}

/** Another version is that of the image and not of the set: see `otherVersions`. */
function missingExtensions(expected: CatalogFacts['extensions'], found: CatalogFacts['extensions']): Difference[] {
  return expected
    .filter(({ name }) => !found.some((other) => other.name === name))
    .map(({ name, version }) => ({
      name: `extension ${name}`,
      expected: `version ${version}`,
      found: 'no such extension',
    }));
}

/** The image has another version than the server had: that is not the dump's doing. */
function otherVersions(expected: CatalogFacts['extensions'], found: CatalogFacts['extensions']): string[] {
  return expected.flatMap(({ name, version }) => {
    const here = found.find((other) => other.name === name)?.version;
    return here === undefined || here === version
      ? []
      : [`extension "${name}" is of version ${here} here, it was ${version}`];
  });
}
