import { Failure } from '../../common/failure.ts';

/** Where a source goes, when it is not where it came from. */
export interface Destination {
  /** The database, or the path of a folder; undefined: as it is called in the set. */
  readonly database: string | undefined;
  /** A server of the settings, a container, or a URL; undefined: the server that it came from. */
  readonly server: string | undefined;
}

/** A URL of a server, with the database that stands at its end. */
const URL_SHAPE = /^[a-z][a-z0-9+]*:\/\/[^/?]*(?:\/([^?]*))?/i;

/** Reads "--to NAME=OTHER", "--to NAME=SERVER/OTHER" and "--to NAME=URL". Throws Failure "usage". */
export function parseDestinations(words: readonly string[]): ReadonlyMap<string, Destination> {
  return new Map(words.map(parseDestination));
}

function parseDestination(word: string): [string, Destination] {
  const [, name, other] = /^([^=]+)=(.+)$/s.exec(word) ?? [];
  const destination = other === undefined ? undefined : placeOf(other);
  if (name !== undefined && destination !== undefined) return [name, destination];
  throw new Failure('usage', {
    message: `found --to "${word}", expected NAME=OTHER, NAME=SERVER/OTHER or NAME=URL`,
    hint: 'holdfast restore --to app=app_copy, or --to app=staging/app, or --to app=postgres://user@host:5432/app',
  });
}

function placeOf(text: string): Destination | undefined {
  if (isPath(text)) return { server: undefined, database: text };
  const url = URL_SHAPE.exec(text);
  if (url !== null) return { server: text, database: url[1] ? decodeURIComponent(url[1]) : undefined };
  const [database = '', server, ...more] = text.split('/').reverse();
  if (more.length > 0 || text.includes('=') || server === '') return undefined;
  return { server, database: database === '' ? undefined : database };
}

/** True for a folder or a file of this machine: "/srv/copy", "./copy". */
export function isPath(text: string): boolean {
  return /^\.{0,2}\//.test(text);
}

/** True for what `serverByUrl` reads. */
export function isUrl(server: string): boolean {
  return URL_SHAPE.test(server);
}
