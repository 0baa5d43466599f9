import { readable } from '../archive/entry.ts';

/** What a dump came across, by the paths of the archive. */
export class DumpLog {
  readonly excluded = new Names(1000);
  readonly vanished = new Names(20);
  readonly skipped = new Names(20);
  readonly again = new Names(20);
  readonly torn = new Names(20);

  /** True when the archive is not of one moment. */
  isFuzzy(): boolean {
    return this.again.count + this.torn.count + this.vanished.count > 0;
  }

  /** What of it people should know, a sentence each. */
  warnings(): string[] {
    return [
      this.again.told('changed while it was read, and was read again until it held still'),
      this.torn.told('changed all the while it was read: the copy may be partly old, partly new'),
      this.vanished.told('vanished while it was backed up'),
      this.skipped.told('is no file, folder or link, and is not in the backup'),
    ].filter((warning) => warning !== undefined);
  }
}

/** Some names, and how many there were: a folder of a million sockets must not fill the manifest. */
class Names {
  readonly #kept: string[] = [];
  readonly #most: number;
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(path: string): void {
    this.count += 1;
    if (this.#kept.length < this.#most) this.#kept.push(readable(path));
  }

  names(): readonly string[] {
    return this.#kept;
  }

  told(what: string): string | undefined {
    if (this.count === 0) return undefined;
    const more = this.count > this.#kept.length ? ` and ${this.count - this.#kept.length} more` : '';
    return `${this.#kept.map((name) => `"${name || '.'}"`).join(', ')}${more}: ${what}`;
  }
}
