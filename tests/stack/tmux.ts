/** A terminal that tests type on and look at: tmux, Debian's own where the machine has none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpackedDebs } from './debs.ts';
import { has } from './host.ts';
import { run } from './run.ts';

/** A terminal with a shell on it. */
export interface Terminal extends AsyncDisposable {
  /** Presses keys, by their names in tmux: "Down", "Enter", "C-c"; anything else is typed letter by letter. */
  press(...keys: readonly string[]): Promise<void>;
  /** What is to be seen, lines that were wrapped as they stand; without blanks at the ends. */
  screen(): Promise<string>;
  /** The same with all that has left the screen, and wrapped lines in one. */
  everything(): Promise<string>;
  /** The same with the escape sequences of colours. */
  coloured(): Promise<string>;
  /** Waits until a text is to be seen, and gives the screen. Throws with the screen when it is not in two minutes. */
  until(text: string | RegExp): Promise<string>;
  /** True when the cursor is shown. */
  cursor(): Promise<boolean>;
  /** Forgets what is on the screen and what has left it. */
  clear(): Promise<void>;
}

/** Milliseconds: a machine that does other things as well may take long over a restore. */
const PATIENCE = 120_000;

/** The size of a terminal, what its programs find in their environment, and where they begin. */
export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Opens a terminal with a tmux server of its own, which ends with it. */
export async function openTerminal({ columns, rows, folder, environment }: TerminalOptions): Promise<Terminal> {
  const { program, env } = await findTmux();
  const place = await mkdtemp(join(tmpdir(), 'holdfast-tmux-'));
  const tmux = (words: readonly string[]): Promise<string> =>
    run(program, ['-S', join(place, 'socket'), '-f', '/dev/null', '-u', ...words], { env });
  const names = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const size = ['-x', String(columns), '-y', String(rows)];
  const shell = ['env', '-i', 'TERM=screen', 'LC_ALL=C.UTF-8', ...names, 'PS1=$ ', 'sh', '-i'];
  await tmux(['new-session', '-d', ...size, '-c', folder, '-s', 'test', ...shell]);
  const capture = async (...words: string[]): Promise<string> => trimmed(await tmux(['capture-pane', '-p', ...words]));
  const screen = (): Promise<string> => capture();
  return {
    screen,
    everything: () => capture('-J', '-S', '-'),
    coloured: () => capture('-e'),
    press: async (...keys) => {
      for (const key of keys) await tmux(['send-keys', key]);
    },
    until: async (text) => {
      const end = Date.now() + PATIENCE;
      for (;;) {
        const seen = await screen();
        if (typeof text === 'string' ? seen.includes(text) : text.test(seen)) return seen;
        if (Date.now() > end) throw new Error(`"${text}" does not show:\n${seen}`);
        await sleep(50);
      }
    },
    cursor: async () => (await tmux(['display-message', '-p', '#{cursor_flag}'])).trim() === '1',
    clear: async () => {
      await tmux(['send-keys', '-R', ';', 'clear-history']);
    },
    [Symbol.asyncDispose]: async () => {
      await tmux(['kill-server']);
      await rm(place, { recursive: true, force: true });
    },
  };
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

async function findTmux(): Promise<{ program: string; env: Record<string, string> }> {
  const { PATH = '', HOME = '' } = process.env;
  const own = { PATH, HOME, LC_ALL: 'C.UTF-8' };
  if (await has('tmux')) return { program: 'tmux', env: own };
  const tree = await unpackedDebs('tmux');
  return { program: tree.program('usr/bin/tmux'), env: { ...own, ...tree.environment } };
}
