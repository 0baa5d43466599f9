/** A source as the menu offers it. */
export interface Offered {
  readonly kind: string;
  /** "postgres/app". */
  readonly label: string;
}

/**
 * The words that choose what was ticked: none for everything, so that what is made later is chosen as well; a kind where
 * all of it is ticked; else sources.
 */
export function choiceWords(offered: readonly Offered[], ticked: readonly string[]): string[] {
  const isTicked = ({ label }: Offered): boolean => ticked.includes(label);
  if (offered.every(isTicked)) return [];
  const kinds = [...new Set(offered.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const own = offered.filter((one) => one.kind === kind);
    return own.every(isTicked) ? [kind] : own.filter(isTicked).map(({ label }) => label);
  });
}
