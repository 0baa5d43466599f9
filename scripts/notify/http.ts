import { STATUS_CODES } from 'node:http';
import { Failure, type FailureCode } from '../common/failure.ts';
import { RetryAfter } from '../common/patience.ts';
import { hidesNothingOf } from './hide.ts';

/** One request to a place whose address is a secret. */
export interface HttpMessage {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Redirects that are followed: a host that moves its own paths about needs one or two. */
const MOST_REDIRECTS = 3;

/** Bytes of an answer that are looked at; the rest is never read. */
const LONGEST_ANSWER = 4096;

/** Statuses that keep method and body. 301 and 302 too: a message that turned into an empty GET would seem to arrive. */
const REDIRECTS = [301, 302, 307, 308];

/** Sends one request and wants a good status. Throws a Failure that names the host and nothing else of the address. */
export async function sendHttp(message: HttpMessage): Promise<void> {
  let { url } = message;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await ask({ ...message, url });
    const location = REDIRECTS.includes(answer.status) ? answer.headers.get('location') : null;
    if (location === null) return await conclude(answer, message);
    await answer.body?.cancel();
    if (redirects === MOST_REDIRECTS) throw failureOf('tool-failed', url, 'redirected more than three times');
    url = nextUrl(url, location);
  }
}

async function ask({ url, method, headers, body, signal }: HttpMessage): Promise<Response> {
  try {
    // fetch refuses addresses with a login in them.
    const { plain, login } = withoutLogin(url);
    const given = { 'user-agent': 'holdfast', ...login, ...headers };
    return await fetch(plain, {
      method,
      headers: given,
      signal,
      redirect: 'manual',
      ...(body !== undefined && { body }),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failureOf('unreachable', url, 'cannot be reached', { detail: codeOf(error) });
  }
}

function withoutLogin(url: URL): { plain: URL; login: Record<string, string> } {
  const plain = new URL(url);
  if (url.username === '' && url.password === '') return { plain, login: {} };
  const login = Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`);
  plain.username = '';
  plain.password = '';
  return { plain, login: { authorization: `Basic ${login.toString('base64')}` } };
}

async function conclude(answer: Response, message: HttpMessage): Promise<void> {
  const { status } = answer;
  if (answer.ok) return await answer.body?.cancel();
  const words = await beginningOf(answer);
  const code = codeOfStatus(status);
  throw failureOf(code, message.url, `answered ${status} ${STATUS_CODES[status] ?? ''}`.trim(), {
    detail: hidesNothingOf(words, [message.url.href, ...Object.values(message.headers ?? {})]) ? words : undefined,
    cause: code === 'unreachable' ? retryAfter(answer) : undefined,
  });
}

function codeOfStatus(status: number): FailureCode {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'not-found';
  // 408: the server gave up waiting for us. 425 and 429: later.
  return status >= 500 || [408, 425, 429].includes(status) ? 'unreachable' : 'tool-failed';
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(answer: Response): RetryAfter | undefined {
  const text = answer.headers.get('retry-after');
  if (text === null) return undefined;
  const milliseconds = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return milliseconds > 0 ? new RetryAfter(milliseconds) : undefined;
}

async function beginningOf(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of answer.body ?? []) {
      pieces.push(piece);
      size += piece.byteLength;
      if (size >= LONGEST_ANSWER) break;
    }
  } catch {
    // The status is the news; an answer that breaks off behind it adds nothing.
  }
  return Buffer.concat(pieces).toString('utf8').trim();
}

function nextUrl(url: URL, location: string): URL {
  const next = URL.parse(location, url.href);
  const upgrade = url.protocol === 'http:' && next?.protocol === 'https:' && next.hostname === url.hostname;
  // Another host would be handed the secret address, or its token.
  if (next === null || !(next.origin === url.origin || upgrade)) {
    throw failureOf('denied', url, 'redirects to another host, which is not followed');
  }
  next.username = url.username;
  next.password = url.password;
  return next;
}

/** "ECONNREFUSED": the words of a failed fetch may hold the address. */
function codeOf(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : undefined;
}

function failureOf(
  code: FailureCode,
  url: URL,
  what: string,
  more: { detail?: string | undefined; cause?: unknown } = {},
): Failure {
  return new Failure(code, { message: `"${url.hostname}" ${what}`, ...more });
}
