/** A real browser without a window: Debian's chromium-headless-shell, unpacked and not installed, driven over a pipe. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { type DebTree, unpackedDebs } from './debs.ts';

/** One page of the browser. */
export interface Tab {
  /** Sends a command of the DevTools protocol and gives its result. */
  send<Result = unknown>(method: string, parameters?: object): Promise<Result>;
  /** What the page did since it was opened, as events of the protocol. */
  readonly events: readonly { readonly method: string; readonly params: unknown }[];
  /** Loads a page and waits until it is there. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page; it must be JSON. */
  value<Value>(expression: string): Promise<Value>;
}

/** A browser that ends with the block that opened it. */
export interface Browser extends AsyncDisposable {
  tab(): Promise<Tab>;
}

/** What the browser asks or tells. `id`: of an answer; `sessionId`: of the page that it is about. */
interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Starts the browser; gets it first where it is not in the cache (64 MB, and 30 MB of libraries). */
export async function openBrowser(): Promise<Browser> {
  const tree = await unpackedDebs('chromium-headless-shell', 'fonts-dejavu-core');
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-chromium-'));
  const child = spawn(tree.program('usr/lib/chromium/chromium-headless-shell'), flagsOf(profile), {
    env: { PATH: process.env.PATH, HOME: profile, ...(await surroundings(tree, profile)) },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const link = connect(child);
  return {
    tab: () => openTab(link),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** As root there is no sandbox; what is opened is made by the tests. */
function flagsOf(profile: string): string[] {
  const quiet = ['--no-first-run', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'];
  return ['--no-sandbox', '--remote-debugging-pipe', `--user-data-dir=${profile}`, ...quiet];
}

/** The libraries of the tree, and its fonts: a machine may have none, and a page without letters has no width. */
async function surroundings({ program, environment }: DebTree, profile: string): Promise<Record<string, string>> {
  const libraries = environment.LD_LIBRARY_PATH ?? '';
  const sound = libraries.split(':').map((folder) => join(folder, 'pulseaudio'));
  const file = join(profile, 'fonts.conf');
  const folders = `<dir>${program('usr/share/fonts')}</dir><cachedir>${profile}/fonts</cachedir>`;
  await writeFile(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders}</fontconfig>`,
  );
  return { LD_LIBRARY_PATH: [libraries, ...sound].join(':'), FONTCONFIG_FILE: file };
}

type Send = (method: string, parameters?: object, sessionId?: string) => Promise<unknown>;

interface Link {
  readonly send: Send;
  listen(sessionId: string, listener: (message: Message) => void): void;
}

/** Messages are JSON with a NUL behind each: `--remote-debugging-pipe` reads from 3 and writes to 4. */
function connect(child: ChildProcess): Link {
  const [input, output] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Map<string, (message: Message) => void>();
  let last = 0;
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message) as Message);
  });
  const take = (message: Message): void => {
    const waiter = waiting.get(message.id ?? -1);
    if (waiter === undefined) listeners.get(message.sessionId ?? '')?.(message);
    else if (message.error === undefined) waiter.resolve(message.result);
    else waiter.reject(new Error(message.error.message));
  };
  const fail = (error: Error): void => {
    for (const waiter of waiting.values()) waiter.reject(error);
  };
  child.once('error', fail).once('exit', (code) => fail(new Error(`the browser ended with ${code}`)));
  input.on('error', fail);
  return {
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
    send: (method, params = {}, sessionId) => {
      last += 1;
      const waiter = Promise.withResolvers<unknown>();
      waiting.set(last, waiter);
      input.write(`${JSON.stringify({ id: last, method, params, ...(sessionId && { sessionId }) })}\0`);
      return waiter.promise;
    },
  };
}

async function openTab({ send, listen }: Link): Promise<Tab> {
  const { targetId } = (await send('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
  const { sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string };
  const events: { method: string; params: unknown }[] = [];
  let loaded = Promise.withResolvers<void>();
  listen(sessionId, ({ method = '', params }) => {
    events.push({ method, params });
    if (method === 'Page.loadEventFired') loaded.resolve();
  });
  const tell = (method: string, parameters?: object): Promise<unknown> => send(method, parameters, sessionId);
  for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await tell(`${domain}.enable`);
  return {
    events,
    send: <Result>(method: string, parameters?: object) => tell(method, parameters) as Promise<Result>,
    open: async (url) => {
      loaded = Promise.withResolvers();
      await tell('Page.navigate', { url });
      await loaded.promise;
    },
    value: async <Value>(expression: string) => {
      const wanted = { expression, returnByValue: true, awaitPromise: true };
      const { result, exceptionDetails } = (await tell('Runtime.evaluate', wanted)) as Evaluated;
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? 'it threw');
      return result.value as Value;
    },
  };
}

interface Evaluated {
  readonly result: { readonly value: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}
