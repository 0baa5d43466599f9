import { randomUUID } from 'node:crypto';
import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import type { CallOptions, Command, RunResult } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import { Conversation } from './conversation.ts';

/** How a server is reached by its client program. */
export interface Login {
  readonly cli: string;
  /** Options for the place: -h, -p, -s, --tls. */
  readonly place: readonly string[];
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  /** For people. */
  readonly label: string;
}

/** One command with its arguments. */
export type Words = readonly (string | Secret)[];

/** What a server answered. */
export interface Reply {
  readonly text: string;
  /** The word that begins an error ("ERR", "NOPERM"); undefined for an answer. */
  readonly error: string | undefined;
}

/** Longer answers mean that a server hangs; in milliseconds. */
const PATIENCE = 60_000;

/** A client of one server: its client program, which gets commands on standard input. Must be closed. */
export class Client {
  readonly #address: Pick<ServerAddress, 'engine' | 'service'>;
  readonly #login: Login;
  #conversation: Conversation | undefined;
  #hasAnswered = false;

  constructor(address: Pick<ServerAddress, 'engine' | 'service'>, login: Login) {
    this.#address = address;
    this.#login = login;
  }

  /** The client program with what it needs to reach the server, and further options. */
  command(...options: readonly string[]): Command {
    const { cli, place, user, password } = this.#login;
    // Servers before 6 have no users, and this one everywhere else.
    const login = user === undefined || user === 'default' ? [] : ['--user', user];
    const env = password === undefined ? {} : { env: { REDISCLI_AUTH: password } };
    return { argv: [cli, ...place, '--no-auth-warning', ...login, ...options], ...env };
  }

  /** The answers to some commands, in their order; an error is an answer. Throws Failure "unreachable". */
  async replies(commands: readonly Words[], options: CallOptions = {}): Promise<Reply[]> {
    options.signal?.throwIfAborted();
    const mark = randomUUID();
    const lines = commands.map((words) => `${words.map(quoted).join(' ')}\nECHO ${mark}\n`);
    const said = await this.#converse(lines.join(''), mark, commands.length);
    if (said !== undefined) return said.split(`${mark}\n`).slice(0, -1).map(replyOf);
    const { engine, service } = this.#address;
    const limits = { timeoutMs: PATIENCE, ...options };
    const result = await engine.run(service, this.command('--raw'), { ...limits, input: new Secret(lines.join('')) });
    const parts = result.stdout.split(`${mark}\n`);
    if (parts.length !== commands.length + 1) throw this.#unreached(result);
    this.#hasAnswered = true;
    return parts.slice(0, -1).map(replyOf);
  }

  /** Ends the program that was kept open. May be called more than once. */
  async close(): Promise<void> {
    const conversation = this.#conversation;
    this.#conversation = undefined;
    await conversation?.close();
  }

  /** Undefined when nobody answers: a program of its own then tells why. Only who has answered once is kept open. */
  async #converse(lines: string, mark: string, times: number): Promise<string | undefined> {
    if (!this.#hasAnswered) return undefined;
    const { engine, service } = this.#address;
    this.#conversation ??= new Conversation(engine.open(service, this.command('--raw')));
    const said = await this.#conversation.ask(lines, mark, times);
    if (said === undefined) await this.close();
    return said;
  }

  /** The answer to one command. Throws the Failure of an error. */
  async ask(words: Words, options: CallOptions = {}): Promise<string> {
    const [reply] = await this.replies([words], options);
    if (reply === undefined) throw new Failure('internal', { message: 'a command had no answer' });
    return this.required(reply);
  }

  /** The text of an answer. Throws the Failure of an error. */
  required({ text, error }: Reply): string {
    if (error !== undefined) throw this.#failureOf(text);
    return text;
  }

  /** What INFO tells, by name. */
  async info(options: CallOptions = {}): Promise<ReadonlyMap<string, string>> {
    return parseInfo(await this.ask(['INFO'], options));
  }

  #unreached({ stdout, stderr, code }: RunResult): Failure {
    const words = `${stderr}\n${stdout}`.trim();
    if (/^(NOAUTH|WRONGPASS|NOPERM|AUTH failed)/m.test(words)) return this.#failureOf(words);
    const detail = words.slice(-1000) || `it ended with code ${code}`;
    return new Failure('unreachable', { message: `${this.#login.label} does not answer`, detail });
  }

  #failureOf(text: string): Failure {
    const { label, password } = this.#login;
    const detail = text.trim().slice(-1000);
    if (/^(NOAUTH|WRONGPASS|AUTH failed)/m.test(text)) {
      const message = password === undefined ? `${label} asks for a password` : `login to ${label} was refused`;
      return new Failure('denied', { message, detail, hint: 'set REDIS_PASSWORD, or REDIS_URL with a password' });
    }
    if (/^NOPERM/m.test(text)) return new Failure('denied', { message: `a right is missing on ${label}`, detail });
    if (/^LOADING/m.test(text)) return new Failure('unreachable', { message: `${label} is still loading`, detail });
    return new Failure('tool-failed', { message: `${label} answered with an error`, detail });
  }
}

/** Reads what INFO prints: "name:value" lines and headings. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => /^[^#:]+:/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** Errors begin with a word in capitals; no answer that we ask for does. */
function replyOf(text: string): Reply {
  return { text: text.replace(/\n$/, ''), error: /^([A-Z]{3,}) /.exec(text)?.[1] };
}

/** Words for the client's own splitting: in double quotes, every byte that means something as \xHH. */
function quoted(word: string | Secret): string {
  const bytes = Buffer.from(word instanceof Secret ? word.reveal() : word, 'utf8');
  const plain = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_./: *-]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${plain.join('')}"`;
}
