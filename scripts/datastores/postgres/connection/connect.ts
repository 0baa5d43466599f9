import { Failure } from '../../../common/failure.ts';
import type { ServerAddress } from '../../datastore.ts';
import type { Client } from './client.ts';
import { Conversation } from './conversation.ts';
import { credentialsOf } from './credentials.ts';
import { parameterEnvironment } from './parameters.ts';
import { StandingConversation } from './standing.ts';
import { Talks } from './talks.ts';
import { chooseTools, findTools, type Tools } from './tools.ts';

/** A client that spoke with its server. */
export interface ConnectedClient extends Client {
  /** "18.1". */
  readonly serverVersion: string;
  readonly serverMajor: number;
  /** True for a standby: it can be dumped, but never restored to. */
  readonly standby: boolean;
  /** The database to talk about the cluster in. */
  readonly maintenance: string;
  /** For short questions in that database. */
  readonly standing: StandingConversation;
  /** For everything else. */
  readonly talks: Talks;
  /** Ends every session. */
  close(): Promise<void>;
}

/** The oldest server that is supported. */
const OLDEST_MAJOR = 13;

/**
 * Finds the programs, logs in, asks for the version and picks the programs that fit. Throws Failure "denied",
 * "unreachable", "tool-missing", "version" or "settings".
 */
export async function connectClient(address: ServerAddress, signal: AbortSignal): Promise<ConnectedClient> {
  parameterEnvironment(address.parameters);
  const [credentials, found] = await Promise.all([credentialsOf(address, signal), findTools(address, signal)]);
  const tools = chooseTools(found, 0, 'any will do to ask for the version');
  const first = { address, credentials, found, tools };
  const { maintenance, talk, answer } = await askFirst(first, signal);
  try {
    const serverMajor = requireMajor(answer);
    const fitting: Tools = chooseTools(found, serverMajor, `the server is PostgreSQL ${answer.version}`);
    const serverVersion = answer.version.split(' ')[0] ?? answer.version;
    const standing = new StandingConversation(talk, () => Conversation.open(first, { database: maintenance }, signal));
    const client = { ...first, tools: fitting };
    const talks = new Talks(client, maintenance);
    const close = async () => void (await Promise.all([standing.close(), talks.close()]));
    return { ...client, serverVersion, serverMajor, standby: answer.standby, maintenance, standing, talks, close };
  } catch (error) {
    await talk.close();
    throw error;
  }
}

function requireMajor({ number, version }: FirstAnswer): number {
  const major = Math.floor(number / 10_000);
  if (major >= OLDEST_MAJOR) return major;
  throw new Failure('version', { message: `found PostgreSQL ${version}, expected ${OLDEST_MAJOR} or later` });
}

interface FirstAnswer {
  readonly number: number;
  readonly version: string;
  readonly standby: boolean;
}

const FIRST_QUESTION = `select current_setting('server_version_num')::int as number,
  current_setting('server_version') as version, pg_is_in_recovery() as standby`;

interface FirstTalk {
  readonly maintenance: string;
  readonly talk: Conversation;
  readonly answer: FirstAnswer;
}

/** Tries the databases that a cluster usually has until one lets us in; any other trouble is final. */
async function askFirst(client: Client, signal: AbortSignal): Promise<FirstTalk> {
  const { database, user } = client.credentials;
  const candidates = [...new Set(['postgres', database ?? user, 'template1'])];
  let last: unknown;
  for (const maintenance of candidates) {
    const talk = Conversation.open(client, { database: maintenance }, signal);
    try {
      return { maintenance, talk, answer: await talk.row<FirstAnswer>(FIRST_QUESTION) };
    } catch (error) {
      await talk.close();
      last ??= error;
      if (!isClosedDoor(error)) throw named(client, error);
    }
  }
  throw named(client, last);
}

/** This one database is missing or closed to us; another may be open. */
function isClosedDoor(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  return error.code === 'not-found' || /permission denied for database|pg_hba/.test(error.detail ?? '');
}

function named(client: Client, error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const { label } = client.address;
  const message = `cannot log in to ${label} as "${client.credentials.user}"`;
  if (error.code === 'tool-failed') return error;
  return new Failure(error.code, { message, detail: error.detail, hint: error.hint, cause: error });
}
