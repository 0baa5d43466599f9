import type { Socket } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import { BrokenConnection, STATUS, statusOf } from './failures.ts';

/** Hands one request to the server and the answer to `done`. */
export type Request<Answer> = (sftp: SFTPWrapper, done: (error?: Error | null, answer?: Answer) => void) => void;

/** An extension of the server that is either there and answered, or not offered. */
export type Offer<Answer> = { readonly offered: true; readonly answer: Answer } | { readonly offered: false };

/** What a session runs over. */
export interface SshLine {
  readonly client: Client;
  readonly socket: Socket;
  /** "host:port" in quotes. */
  readonly server: string;
  /** Milliseconds after which the client asks a silent server whether it is alive. */
  readonly keepAlive: number;
}

/**
 * One SFTP conversation. Handles belong to it: after a break they are worthless, so whoever holds one keeps the session
 * it came from. Many requests may be under way at once; the server answers them in the order they were sent.
 */
export class SftpSession {
  readonly #line: SshLine;
  readonly #sftp: SFTPWrapper;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #watch: NodeJS.Timeout;
  #broken: BrokenConnection | undefined;

  constructor(line: SshLine, sftp: SFTPWrapper) {
    this.#line = line;
    this.#sftp = sftp;
    const lost = (detail?: string) =>
      this.break(new BrokenConnection(`the connection to ${line.server} broke`, detail));
    line.client.on('error', (error) => lost(error.message));
    line.client.on('close', () => lost());
    sftp.on('error', (error: Error) => lost(error.message));
    sftp.on('close', () => lost('the server ended the SFTP session'));
    this.#watch = watchSilence(line, () => lost(`no answer for ${(line.keepAlive * SILENT_TIMES) / 1000} s`));
  }

  /** Is it gone? A new one has to be opened then. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * Asks and waits for the answer. Rejects with the server's error (see `statusOf`), or with BrokenConnection as soon
   * as the connection is gone: nobody waits for an answer that cannot come.
   */
  ask<Answer>(request: Request<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) throw this.#broken;
      this.#waiting.add(reject);
      request(this.#sftp, (error, answer) => {
        this.#waiting.delete(reject);
        if (error) reject(this.#broken ?? error);
        else resolve(answer as Answer);
      });
    });
  }

  /** Asks for something beyond the standard. ssh2 throws at once when the server has not announced it. */
  async askIfOffered<Answer>(request: Request<Answer>): Promise<Offer<Answer>> {
    let announced = true;
    try {
      const answer = await this.ask<Answer>((sftp, done) => {
        try {
          request(sftp, done);
        } catch {
          announced = false;
          done(undefined);
        }
      });
      return announced ? { offered: true, answer } : { offered: false };
    } catch (error) {
      if (statusOf(error) === STATUS.unsupported) return { offered: false };
      throw error;
    }
  }

  /** Ends the connection; who still waits is told why. */
  break(reason: BrokenConnection): void {
    if (this.#broken !== undefined) return;
    this.#broken = reason;
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
    clearInterval(this.#watch);
    // Says goodbye where that still can be sent; a server that does not answer must not keep the process alive.
    const { client, socket } = this.#line;
    client.end();
    setTimeout(() => socket.destroy(), GOODBYE_MILLISECONDS).unref();
  }
}

/** After so many questions "are you alive" in a row without a word the server is given up. */
const SILENT_TIMES = 3;

/** How long a server has to take note of our goodbye. */
const GOODBYE_MILLISECONDS = 1000;

/**
 * ssh2 asks "are you alive" and we look whether anything arrives. Its own count would give up a slow line on which our
 * question waits behind megabytes of data, although the server acknowledges those all the time.
 */
function watchSilence({ socket, keepAlive }: SshLine, giveUp: () => void): NodeJS.Timeout {
  let seen = socket.bytesRead;
  let silent = 0;
  return setInterval(() => {
    silent = socket.bytesRead === seen ? silent + 1 : 0;
    seen = socket.bytesRead;
    if (silent >= SILENT_TIMES) giveUp();
  }, keepAlive);
}
