import { Failure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import { isKind, KINDS } from '../datastores/index.ts';

/** What a person asked for: whole kinds, and single sources of a kind. Everything when both are empty. */
export interface Choice {
  readonly kinds: ReadonlySet<Kind>;
  /** "kind/name", or "kind/server/name" for a server of holdfast.yaml. */
  readonly sources: ReadonlySet<string>;
}

/** Chooses everything, whatever else is named. */
const ALL = 'all';

/** Reads words such as "mongo", "postgres/app", "all" and lists of them with commas. Throws Failure "usage". */
export function parseChoice(words: readonly string[]): Choice {
  const kinds = new Set<Kind>();
  const sources = new Set<string>();
  const named = words.flatMap((entry) => entry.split(',')).map((entry) => entry.trim());
  for (const word of named) {
    if (word === ALL) continue;
    const kind = word.split('/', 1)[0] ?? '';
    if (!isKind(kind)) {
      const hint = `holdfast backup ${KINDS[0]}, or holdfast backup ${KINDS[0]}/app`;
      throw new Failure('usage', { message: `found "${word}", expected one of ${quoteAll(KINDS)} or kind/name`, hint });
    }
    if (word === kind) kinds.add(kind);
    else sources.add(word);
  }
  return named.includes(ALL) ? { kinds: new Set(), sources: new Set() } : { kinds, sources };
}

/** True when nothing less than everything was asked for. */
export function isEverything({ kinds, sources }: Choice): boolean {
  return kinds.size === 0 && sources.size === 0;
}

/** The words of a choice, sorted; none for everything. */
export function choiceWords({ kinds, sources }: Choice): string[] {
  return [...kinds, ...sources].sort();
}

/** True when nothing was asked for, or this source was. */
export function isChosen(choice: Choice, source: { kind: string; name: string; server: string }): boolean {
  if (isEverything(choice)) return true;
  return (
    [...choice.kinds].some((kind) => kind === source.kind) ||
    choice.sources.has(sourceLabel(source)) ||
    choice.sources.has(`${source.kind}/${source.name}`)
  );
}

/** The kinds that a choice can touch. */
export function chosenKinds(choice: Choice): readonly Kind[] {
  if (isEverything(choice)) return KINDS;
  return KINDS.filter(
    (kind) => choice.kinds.has(kind) || [...choice.sources].some((source) => source.startsWith(`${kind}/`)),
  );
}

/** The name people see and type: "postgres/app", or "postgres/main/app" for a server of holdfast.yaml. */
export function sourceLabel(source: { kind: string; name: string; server: string }): string {
  return source.server === 'default'
    ? `${source.kind}/${source.name}`
    : `${source.kind}/${source.server}/${source.name}`;
}

/** The folder of a source's artifacts in a set; only servers of holdfast.yaml have a level of their own. */
export function sourceFolder(source: { kind: string; server: string }): string {
  return source.server === 'default' ? source.kind : `${source.kind}/${source.server}`;
}

function quoteAll(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
