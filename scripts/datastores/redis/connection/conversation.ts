import type { Session } from '../../../engines/engine.ts';

/** So long an answer is waited for before the client program is asked anew, in milliseconds. */
const PATIENCE = 10_000;

/**
 * A client program that is kept open, because each start inside a container costs a good part of a second. It reads
 * commands line by line. What it says when there is no server goes elsewhere: then no answer comes.
 */
export class Conversation {
  readonly #session: Session;
  #heard = '';
  #wake: () => void = () => undefined;
  #hasEnded = false;

  constructor(session: Session) {
    this.#session = session;
    session.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text;
      this.#wake();
    });
    void session.ended.then(() => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  /** Sends lines, and gives what is said until the mark was said so often; undefined when that does not come. */
  async ask(lines: string, mark: string, times: number): Promise<string | undefined> {
    this.#heard = '';
    this.#session.stdin.write(lines);
    const end = Date.now() + PATIENCE;
    while (this.#heard.split(`${mark}\n`).length <= times) {
      const left = end - Date.now();
      if (this.#hasEnded || left <= 0) return undefined;
      await this.#next(left);
    }
    return this.#heard;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  /** Resolves with further words, at the end, or when the time is over. */
  async #next(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
