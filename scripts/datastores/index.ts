import { join } from 'node:path';
import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import { loadMemberFile, memberWords } from '../common/member-files.ts';
import type { Datastore } from './datastore.ts';
import type { ExchangeWork } from './exchange/process.ts';
import type { KindMember, KindWords, ServerForm } from './kind.ts';

const FOLDER = join(import.meta.dirname, 'members');

/** Every kind of store, by the name of its file; none of them is loaded whole. */
const MEMBERS: ReadonlyMap<Kind, KindMember> = await readMembers();

async function readMembers(): Promise<Map<Kind, KindMember>> {
  const found = memberWords(FOLDER).map(async (kind): Promise<[Kind, KindMember]> => {
    return [kind, (await loadMemberFile<KindMember>(FOLDER, kind)) as KindMember];
  });
  return new Map((await Promise.all(found)).sort(([, one], [, other]) => one.place - other.place));
}

/** All kinds, in the order in which people see them. */
export const KINDS: readonly Kind[] = [...MEMBERS.keys()];

/** The kinds whose stores are servers. */
export const SERVER_KINDS: readonly Kind[] = KINDS.filter(isServerKind);

/** True when `word` is a kind of store that this version knows. */
export function isKind(word: string): boolean {
  return MEMBERS.has(word);
}

/** Loads the datastore of one kind. Throws Failure "internal" for one that there is not; see {@link isKind}. */
export function loadDatastore(kind: Kind): Promise<Datastore> {
  return memberOf(kind).load();
}

/** How exchanges of a kind are done in a process of their own. Throws Failure "internal" where they are not. */
export async function loadExchange(kind: Kind): Promise<ExchangeWork> {
  const work = await memberOf(kind).loadExchange?.();
  if (work !== undefined) return work;
  throw new Failure('internal', { message: `exchanges of "${kind}" have no process of their own` });
}

/** True for a kind whose stores are servers: reached by container or by URL. */
export function isServerKind(kind: Kind): boolean {
  return serverForm(kind) !== undefined;
}

/** How the settings name servers of a kind; undefined for what is no server. */
export function serverForm(kind: Kind): ServerForm | undefined {
  return MEMBERS.get(kind)?.server;
}

/** How a drill may ask a kind what it restored. */
export function questionsOf(kind: Kind): KindMember['questions'] {
  return MEMBERS.get(kind)?.questions;
}

const GENERAL: KindWords = { object: 'object', row: 'entry', whole: 'source', exchange: 'in a moment' };

/** The words of a kind; general ones for a kind of a newer version's set. */
export function kindWords(kind: Kind): KindWords {
  return MEMBERS.get(kind)?.words ?? GENERAL;
}

/**
 * The source that a file of a set without a manifest belongs to; the folder is the kind, the name may have folders below
 * it. Undefined: none of ours.
 */
export function sourceOfFile(folder: string, fileName: string): string | undefined {
  const member = MEMBERS.get(folder);
  return member === undefined || (fileName.includes('/') && !member.hasFolders)
    ? undefined
    : member.sourceOfFile(fileName);
}

function memberOf(kind: Kind): KindMember {
  const member = MEMBERS.get(kind);
  if (member === undefined) throw new Failure('internal', { message: `there is no kind "${kind}"` });
  return member;
}
