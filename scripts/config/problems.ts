import { Failure } from '../common/failure.ts';

/** Where a setting stands. Line and column count from 1; they are missing for what is not in a file. */
export interface Place {
  /** A path, or "environment" or "command line". */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Collects everything that is wrong, so that a person mends a file once and not error by error. */
export class Problems {
  readonly #found = new Map<string, { place: Place; text: string }>();

  /**
   * Of several problems at one place of a file the first counts: the others follow from it.
   * `text`: lower case where it does not begin with a name, without a full stop, never with a secret in it.
   */
  add(place: Place, text: string): void {
    const key = place.line === undefined ? `${place.file}: ${text}` : placeText(place);
    if (!this.#found.has(key)) this.#found.set(key, { place, text });
  }

  /** Throws Failure "settings" with one line for each problem, in the order of the lines of each file. */
  throwIfAny(): void {
    if (this.#found.size === 0) return;
    const found = [...this.#found.values()];
    const files = [...new Set(found.map(({ place }) => place.file))];
    const order = (place: Place): number => files.indexOf(place.file) * 1e9 + (place.line ?? 0) * 1e3;
    const sorted = found.toSorted(
      (left, right) => order(left.place) - order(right.place) || (left.place.column ?? 0) - (right.place.column ?? 0),
    );
    const lines = sorted.map(({ place, text }) => `${placeText(place)}: ${text}`);
    throw new Failure('settings', { message: lines.join('\n') });
  }
}

/** "/srv/app/.env:3:23", the form that editors and terminals turn into a link. */
export function placeText(place: Place): string {
  const position = place.line === undefined ? '' : `:${place.line}:${place.column ?? 1}`;
  return `${place.file}${position}`;
}

/** Line and column of an offset in a text; both count from 1, the column in UTF-16 units as editors do. */
export function placeAt(file: string, text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
