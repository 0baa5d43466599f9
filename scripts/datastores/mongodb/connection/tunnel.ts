import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Engine, Session } from '../../../engines/engine.ts';
import { makeSocketFolder, SOCKET } from './socket-folder.ts';

/** A way for the driver to a server inside a container. */
export interface Tunnel {
  /** The unix socket to connect to. */
  readonly path: string;
  /** What the far side said last, when connections fail. */
  readonly lastWords: () => string;
  /** Ends all connections, the programs behind them and the socket. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Connects inside the container and passes bytes both ways. bash is what the official images bring along; it can open a
 * TCP connection by itself. Whichever side ends first ends the other as well, and both are waited for: a "cat" that is
 * left behind would keep its connection to the server for ever.
 */
const RELAY = `exec 3<>"/dev/tcp/127.0.0.1/$1" 4<&0 || exit 1
cat <&3 4<&- &
cat <&4 >&3 &
wait -n
kill $(jobs -p) 2>/dev/null
wait`;

/**
 * Opens a unix socket of our own (in a fresh 0700 folder: nobody else can use it, as they could a port on 127.0.0.1)
 * and passes each connection through the engine to `port` inside the container. The container needs bash.
 */
export async function openTunnel(engine: Engine, service: string, port: number): Promise<Tunnel> {
  const folder = await makeSocketFolder();
  const path = join(folder, SOCKET);
  const sessions = new Set<Session>();
  let words = '';
  const server = createServer((socket) => {
    const session = engine.open(service, { argv: ['bash', '-c', RELAY, 'bash', String(port)] });
    sessions.add(session);
    relay(socket, session);
    session.ended.then((result) => {
      sessions.delete(session);
      if (result.stderr.trim() !== '') words = result.stderr.trim();
      socket.destroy();
    });
  });
  await listen(server, path);
  const close = once(async () => {
    server.close();
    await Promise.all([...sessions].map((session) => session.close()));
    await rm(folder, { recursive: true, force: true });
  });
  return { path, lastWords: () => words, close };
}

/** Either side's end is the other's. Errors on the way end the connection; the driver tells of that in its own words. */
function relay(socket: Socket, session: Session): void {
  const end = () => {
    socket.destroy();
    // A refusal to close is told by the tunnel's own close, which closes all that are left.
    session.close().catch(() => undefined);
  };
  socket.pipe(session.stdin).on('error', end);
  session.stdout.pipe(socket).on('error', end);
  session.stdout.on('error', end);
  socket.on('close', end);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
