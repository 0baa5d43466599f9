import { join } from 'node:path';
import { loadMemberFile, memberWords } from '../common/member-files.ts';
import type { NotifierMember, NotifierSurroundings } from './member.ts';
import type { NoticeKind } from './notifier.ts';
import type { Listener } from './tell.ts';
import { withPatience } from './wrappers/patience.ts';

const MEMBERS = join(import.meta.dirname, 'members');

/** The kinds of notifier: the names of the files in `members/`, sorted. */
export function notifierKinds(): string[] {
  return memberWords(MEMBERS);
}

/** A member by its word; undefined when there is none. Nothing heavy is loaded. */
export function loadNotifier(kind: string): Promise<NotifierMember | undefined> {
  return loadMemberFile<NotifierMember>(MEMBERS, kind);
}

/** What settings say of one notifier, checked. */
export interface NotifierChoice {
  /** What the person calls it: its kind, or a name of holdfast.yaml. */
  readonly name: string;
  /** The word of its member. */
  readonly kind: string;
  /** What it is told of; a test goes to all. */
  readonly on: readonly NoticeKind[];
  /** By the names of the member's settings. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Opens the notifier of a choice, with time-outs and retries around it. Throws Failure "settings". */
export async function openNotifier(
  { name, kind, on, settings }: NotifierChoice,
  surroundings: Omit<NotifierSurroundings, 'name'>,
): Promise<Listener> {
  const member = await loadNotifier(kind);
  if (member === undefined) throw new Error(`no notifier "${kind}"`);
  // The settings were read by the rules of this very member.
  const notifier = await member.open(settings as never, { ...surroundings, name });
  return { notifier: withPatience(notifier), on, audience: member.audience };
}
