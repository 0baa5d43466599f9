/** Places that messages are brought to, as real servers that can be told to misbehave. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/**
 * What a place does with a message. "refuses": says no for good, and repeats all that it was sent. "down": says that it
 * cannot now. "flaky": down twice, then good. "silent": takes the message and never answers. "floods": never ends its
 * answer.
 */
export type Mood = 'good' | 'refuses' | 'down' | 'flaky' | 'silent' | 'floods';

/** One message as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A place that runs. */
export interface Place extends AsyncDisposable {
  readonly port: number;
  mood: Mood;
  /** Messages that it took, and those that it was asked to take. */
  readonly arrived: Arrived[];
  tries: number;
  close(): Promise<void>;
}

/** A real HTTP server. `answer` replaces what the mood would do. */
export async function httpPlace(
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<Place> {
  const place = { mood: 'good' as Mood, arrived: [] as Arrived[], tries: 0 };
  const server = createServer(async (request, response) => {
    place.tries += 1;
    const body = await bodyOf(request);
    const { method = '', url: path = '', headers } = request;
    if (answer?.(request, response)) return;
    const mood = place.mood === 'flaky' && place.tries > 2 ? 'good' : place.mood;
    if (mood === 'good') place.arrived.push({ method, path, headers, body });
    respond(response, mood, `${path} ${JSON.stringify(headers)} ${decodeURIComponent(path)} ${body}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const { port } = server.address() as AddressInfo;
  return Object.assign(place, { port, close, [Symbol.asyncDispose]: close });
}

function respond(response: ServerResponse, mood: Mood, echo: string): void {
  if (mood === 'silent') return;
  if (mood === 'good') response.end('ok');
  else if (mood === 'refuses') response.writeHead(403).end(echo);
  else if (mood === 'floods') flood(response);
  else response.writeHead(503).end(echo);
}

/** Until the other side has enough, or two seconds passed. */
async function flood(response: ServerResponse): Promise<void> {
  response.writeHead(404);
  const until = Date.now() + 2000;
  const pieces = function* () {
    while (Date.now() < until) yield Buffer.alloc(64 * 1024, 'x');
  };
  await pipeline(Readable.from(pieces()), response).catch(() => {}); // Hanging up is what the other side should do.
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** A real SMTP server that wants this login. */
export async function smtpPlace(
  login: { readonly user: string; readonly password: string },
  options: SMTPServerOptions = {},
): Promise<Place> {
  const place = { mood: 'good' as Mood, arrived: [] as Arrived[], tries: 0 };
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    // Without a certificate of its own it would take one that expired.
    disabledCommands: options.key === undefined ? ['STARTTLS'] : [],
    logger: false,
    closeTimeout: 100,
    ...options,
    onConnect: (_, done) => {
      place.tries += 1;
      if (place.mood !== 'silent') done();
    },
    onAuth: ({ username, password }, _, done) => {
      const right = username === login.user && password === login.password && place.mood !== 'refuses';
      const echo = `${username} ${password} ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`;
      done(right ? null : Object.assign(new Error(`no: ${echo}`), { responseCode: 535 }), { user: username });
    },
    onData: async (stream, session, done) => {
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece as Buffer);
      const down = place.mood === 'down' || (place.mood === 'flaky' && place.tries <= 2);
      if (down) return done(Object.assign(new Error(`later: ${login.password}`), { responseCode: 451 }));
      const to = session.envelope.rcptTo.map(({ address }) => address).join(',');
      const tls = String(session.secure);
      place.arrived.push({ method: tls, path: to, headers: {}, body: Buffer.concat(pieces).toString('utf8') });
      done();
    },
  });
  server.on('error', () => {}); // A client that hangs up in the middle is what some tests are about.
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const close = () => new Promise<void>((resolve) => server.close(resolve));
  return Object.assign(place, {
    port: (server.server.address() as AddressInfo).port,
    close,
    [Symbol.asyncDispose]: close,
  });
}
