/** Text of a page that is safe as it stands. Only {@link html} makes it. */
export interface Html {
  readonly markup: string;
}

/** What may stand in a template: text is escaped, what is safe already is not. */
type Piece = Html | string | number | undefined | readonly Html[];

/**
 * A piece of a page. Every text that is put into it is escaped, between tags and in quoted attributes alike: names come
 * from databases, and messages from servers.
 */
export function html(fixed: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { markup: fixed.map((text, index) => text + markupOf(pieces[index])).join('') };
}

function markupOf(piece: Piece): string {
  if (piece === undefined) return '';
  if (typeof piece === 'string' || typeof piece === 'number') return escapeText(String(piece));
  return 'markup' in piece ? piece.markup : piece.map(({ markup }) => markup).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters and those that turn the direction of text show as what they are: something odd. */
function escapeText(text: string): string {
  return text
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
    .replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
