import process from 'node:process';
import { emitKeypressEvents } from 'node:readline';
import { Failure } from '../../common/failure.ts';

/** A key as node tells it: `name` of those that have one, `text` of those that write something. */
export interface Key {
  readonly name: string | undefined;
  readonly text: string;
  readonly ctrl: boolean;
}

/** How much of the terminal a question may take. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** A question that is drawn anew after every key. */
export interface Question<Answer> {
  /** What is to be seen now; lines that are too long are cut. */
  lines(room: Room): readonly string[];
  /** Takes a key; gives the answer once there is one. */
  press(key: Key): { readonly answer: Answer } | undefined;
  /** What stays on the screen when it is answered. */
  answered(answer: Answer): string;
}

/** Of a terminal that does not tell its size. */
const USUAL: Room = { columns: 80, rows: 24 };

/**
 * The cursor is hidden, and no line goes on in the next one: one with letters of double width would, and the next drawing
 * would miss it.
 */
const BEGIN = '\x1b[?25l\x1b[?7l';
const END = '\x1b[?7h\x1b[?25h';

/**
 * Asks one question on the terminal, by keyboard alone. Gives undefined for Esc (and Ctrl-D). However it ends, the
 * terminal is as it was before and the question is gone from it. Throws Failure "interrupted" for Ctrl-C, and the reason
 * of the signal.
 */
export async function converse<Answer>(question: Question<Answer>, signal: AbortSignal): Promise<Answer | undefined> {
  signal.throwIfAborted();
  const ended = Promise.withResolvers<{ readonly answer: Answer } | undefined>();
  const paper = openPaper(question);
  const press = (key: Key): void => {
    if (key.ctrl && key.name === 'c') ended.reject(interrupted('ended by SIGINT'));
    else if (key.name === 'escape' || (key.ctrl && key.name === 'd')) ended.resolve(undefined);
    else {
      const given = question.press(key);
      if (given === undefined) paper.draw();
      else ended.resolve(given);
    }
  };
  const abort = (): void => ended.reject(signal.reason);
  const close = (): void => ended.reject(interrupted('the terminal was closed, ended by SIGHUP'));
  signal.addEventListener('abort', abort);
  const letGo = listen(press, close, paper);
  try {
    paper.draw();
    const given = await ended.promise;
    paper.clear();
    if (given !== undefined) process.stdout.write(`${END}${printable(question.answered(given.answer))}\n`);
    return given?.answer;
  } finally {
    signal.removeEventListener('abort', abort);
    letGo();
  }
}

/** Where a question is drawn, over and over. */
interface Paper {
  readonly draw: () => void;
  readonly clear: () => void;
}

function openPaper({ lines }: Pick<Question<never>, 'lines'>): Paper {
  const { stdout } = process;
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) stdout.write(`\x1b[${drawn}A\r\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    // The last column and the last row stay free: writing there moves everything.
    const room = { columns: (stdout.columns || USUAL.columns) - 1, rows: (stdout.rows || USUAL.rows) - 1 };
    const shown = lines(room).slice(0, room.rows);
    clear();
    stdout.write(shown.map((line) => `${printable(line).slice(0, room.columns)}\n`).join(''));
    drawn = shown.length;
  };
  return { draw, clear };
}

/** Takes the keyboard, letter by letter; what it gives back puts the terminal right again. */
function listen(press: (key: Key) => void, close: () => void, { draw, clear }: Paper): () => void {
  const { stdin, stdout } = process;
  const take = (text: string | undefined, { name, ctrl = false }: { name?: string; ctrl?: boolean }): void =>
    press({ name, ctrl, text: ctrl || text === undefined ? '' : text });
  const restore = (): void => {
    clear();
    stdout.write(END);
    stdin.setRawMode(false);
  };
  // A second signal ends the process at once: the terminal is put right even then.
  process.once('exit', restore);
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.on('keypress', take).on('end', close).on('error', close).resume();
  stdout.on('resize', draw).write(BEGIN);
  return () => {
    process.off('exit', restore);
    stdout.off('resize', draw);
    restore();
    stdin.off('keypress', take).off('end', close).off('error', close).pause();
  };
}

/** The signal stands last: the exit code is made of it. */
function interrupted(message: string): Failure {
  return new Failure('interrupted', {
    message,
    stands: 'nothing was begun',
    hint: 'holdfast asks again; holdfast --help lists what goes without questions',
  });
}

/** Names of databases may hold anything; what would move the cursor is shown as "?". */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, '?');
}
