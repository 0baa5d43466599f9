/** The order of keys in which S3 lists them: by the bytes of their UTF-8. Negative when `one` comes first. */
export function compareKeys(one: string, other: string): number {
  if (one === other) return 0;
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** A key as people read it, in one line: what would move a terminal's cursor is spelled out. */
export function readableKey(key: string): string {
  return key.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** What objects without a "/" in their key are counted under. */
export const TOP = '.';

/** The part of a key that objects are counted under: "photos/" of "photos/2026/a.jpg". */
export function folderOf(key: string): string {
  const end = key.indexOf('/');
  return end < 0 ? TOP : readableKey(key.slice(0, end + 1));
}
