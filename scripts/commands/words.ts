import { kindWords } from '../datastores/index.ts';
import { wordCount } from '../ui/units.ts';

/** What a source holds, for people: its tables or collections with what is in them, or the roles of a cluster. */
export function wordHeld(source: { kind: string; name: string }, objects: number, rows: number): string {
  if (source.name === 'globals.sql') return wordCount(Math.max(objects, rows), 'role');
  const { object, row } = kindWords(source.kind);
  return `${wordCount(objects, object)}, ${wordCount(rows, row)}`;
}

/** "This replaces 2 databases and 1 folder."; empty where nothing is replaced. */
export function wordReplaced(kinds: readonly string[]): string {
  const wholes = kinds.map((kind) => kindWords(kind).whole);
  const counts = [...new Set(wholes)].map((whole) => wordCount(wholes.filter((one) => one === whole).length, whole));
  const last = counts.pop();
  if (last === undefined) return '';
  return `This replaces ${counts.length === 0 ? last : `${counts.join(', ')} and ${last}`}.`;
}

/** The place of a server without the image that its container was made from. */
export function shortLabel(label: string): string {
  return label.replace(/ \([^()]*\)$/, '');
}
