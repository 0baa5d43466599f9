import { readFile } from 'node:fs/promises';
import type { AuthenticationType, KeyboardInteractiveAuthMethod, ParsedKey } from 'ssh2';
import { Failure } from '../../common/failure.ts';
import type { Secret } from '../../common/secret.ts';

/** Who logs in, and by what. At least one of key, password and agent is there. */
export interface SftpLogin {
  readonly user: string;
  /** The file of a private key. */
  readonly keyFile: string | undefined;
  readonly keyPassphrase: Secret | undefined;
  readonly password: Secret | undefined;
  /** The socket of an SSH agent (SSH_AUTH_SOCK). */
  readonly agent: string | undefined;
}

/** One way of logging in, as ssh2 takes it. */
export type LoginMethod =
  | { type: 'publickey'; username: string; key: ParsedKey }
  | { type: 'agent'; username: string; agent: string }
  | { type: 'password'; username: string; password: string }
  | KeyboardInteractiveAuthMethod;

/** Reads a private key: `ssh2.utils.parseKey`, handed in because the library is loaded late. */
export type KeyParser = (data: Buffer, passphrase?: string) => ParsedKey | Error;

/**
 * The ways to try, in this order: the key that was named, the agent's keys, the password, and the password once more
 * for servers that ask for it through PAM. Throws Failure "settings" or "denied" when the key cannot be read.
 */
export async function loginMethods(login: SftpLogin, parse: KeyParser): Promise<LoginMethod[]> {
  const { user: username, keyFile, agent } = login;
  const methods: LoginMethod[] = [];
  if (keyFile !== undefined) methods.push({ type: 'publickey', username, key: await readKey(keyFile, login, parse) });
  if (agent !== undefined) methods.push({ type: 'agent', username, agent });
  const password = login.password?.reveal();
  if (password === undefined) return methods;
  return [...methods, { type: 'password', username, password }, answerWith(username, password)];
}

/** What was tried, for people: `the key "…", the agent, the password`. */
export function wordMethods({ keyFile, agent, password }: SftpLogin): string {
  const words = [keyFile && `the key "${keyFile}"`, agent && "the agent's keys", password && 'the password'];
  return words.filter(Boolean).join(', ');
}

/** What is asked for in hidden letters is the password; a visible question (a user name, say) gets no answer. */
function answerWith(username: string, password: string): KeyboardInteractiveAuthMethod {
  return {
    type: 'keyboard-interactive' satisfies AuthenticationType,
    username,
    prompt: (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(({ echo }) => (echo === true ? '' : password))),
  };
}

async function readKey(file: string, { keyPassphrase }: SftpLogin, parse: KeyParser): Promise<ParsedKey> {
  const data = await readFile(file).catch((error: Error) => {
    throw new Failure('settings', { message: `cannot read the key "${file}"`, detail: error.message, cause: error });
  });
  const key = parse(data, keyPassphrase?.reveal());
  if (!(key instanceof Error)) return key;
  // The library's own words never hold a part of the key or of the passphrase.
  const detail = key.message;
  if (keyPassphrase !== undefined) throw new Failure('denied', { message: `cannot open the key "${file}"`, detail });
  const hint = 'set BACKUP_SFTP_KEY_PASSPHRASE when the key is encrypted';
  throw new Failure('settings', { message: `cannot use the key "${file}"`, detail, hint });
}
