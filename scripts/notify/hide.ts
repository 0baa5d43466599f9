/** Parts of secrets that are shorter are found in any text. */
const SHORTEST_PART = 3;

/** A few plain words, such as "invalid_token" or "channel is archived": nothing that was encoded looks like this. */
const PLAIN_WORDS = /^[A-Za-z][A-Za-z _,.'-]{0,79}$/;

/**
 * May the words of a far side be shown? Only a few plain ones that hold no part of a secret: pages of errors like to
 * repeat the address that was asked for, or the login.
 */
export function hidesNothingOf(words: string, secrets: readonly string[]): boolean {
  if (!PLAIN_WORDS.test(words)) return false;
  const shown = words.toLowerCase();
  return !secrets.flatMap(partsOf).some((part) => shown.includes(part));
}

function partsOf(secret: string): string[] {
  const parts = [secret, decoded(secret)].flatMap((text) => [text, ...text.split(/[^A-Za-z0-9]+/)]);
  return parts.map((part) => part.toLowerCase()).filter((part) => part.length >= SHORTEST_PART);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A "%" that encodes nothing: the text is what it is.
    return text;
  }
}
