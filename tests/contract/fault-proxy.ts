/** A server between a client and an S3 server that answers wrongly on purpose: what no proxy of the wire can do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

/** What is done to one request: an answer instead of it (a refusal, or a body of XML), or its true answer thrown away when it was carried out. */
export type Fault =
  | { readonly status: number; readonly code: string; readonly message?: string }
  | { readonly body: string }
  | { readonly lose: 'answer' };

/** One request as a fault decides about it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A proxy that runs until the test ends. */
export interface FaultProxy {
  readonly endpoint: string;
  readonly seen: readonly Asked[];
  /** From now on nobody is there. */
  cut(): void;
}

/** Starts a proxy to a port of this machine; `decide` names the fault of a request, if it is to have one. */
export async function faultProxy(
  test: TestContext,
  port: number,
  decide: (asked: Asked) => Fault | undefined,
): Promise<FaultProxy> {
  const seen: Asked[] = [];
  const server = createServer((incoming, answer) => {
    const asked = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers };
    seen.push(asked);
    const fault = decide(asked);
    if (fault !== undefined && 'status' in fault) refuse(incoming, answer, fault);
    else if (fault !== undefined && 'body' in fault) tell(incoming, answer, fault.body);
    else forward(incoming, answer, port, fault !== undefined);
  }).listen(0, '127.0.0.1');
  // Else the server answers "100 Continue" for the far side, which is right here as well: the bytes are forwarded.
  await once(server, 'listening');
  const cut = () => {
    server.close();
    server.closeAllConnections();
  };
  test.after(cut);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { endpoint: `http://127.0.0.1:${address.port}`, seen, cut };
}

/** Takes the whole request first: a client that is still writing would see a broken connection instead. */
function refuse(incoming: IncomingMessage, answer: ServerResponse, fault: Extract<Fault, { status: number }>): void {
  const { status, code, message = 'on purpose' } = fault;
  incoming.resume().on('end', () => {
    answer.writeHead(status, { 'content-type': 'application/xml' });
    answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  });
}

function tell(incoming: IncomingMessage, answer: ServerResponse, body: string): void {
  incoming.resume().on('end', () => {
    answer.writeHead(200, { 'content-type': 'application/xml' });
    answer.end(body);
  });
}

function forward(incoming: IncomingMessage, answer: ServerResponse, port: number, lose: boolean): void {
  const { method, url: path, headers } = incoming;
  const { expect: _, ...rest } = headers;
  const passed = request({ host: '127.0.0.1', port, method, path, headers: rest }, (far) => {
    if (lose) return far.resume().on('end', () => answer.destroy());
    answer.writeHead(far.statusCode ?? 500, far.headers);
    far.pipe(answer);
  });
  passed.on('error', () => answer.destroy());
  incoming.pipe(passed);
}

/** The first `count` requests that fit get the fault. */
export function first(
  count: number,
  fits: (asked: Asked) => boolean,
  fault: Fault,
): (asked: Asked) => Fault | undefined {
  let left = count;
  return (asked) => {
    if (left === 0 || !fits(asked)) return undefined;
    left -= 1;
    return fault;
  };
}
