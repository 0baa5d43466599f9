import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure } from '../common/failure.ts';

/**
 * Asks the person to type a word before something is destroyed.
 * Throws Failure "refused" when another word is typed or the input ends.
 */
export async function askForWord(word: string, question: string, signal: AbortSignal): Promise<void> {
  const answer = (await ask(question, process.stderr, signal)).trim();
  if (answer === word) return;
  throw new Failure('refused', { message: `not confirmed: found "${answer}", expected "${word}"` });
}

/** Asks for something that nobody may see, not even on this terminal. Throws Failure "refused" when nothing is typed. */
export async function askHidden(question: string, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await ask(question, nowhere, signal);
  process.stderr.write('\n');
  if (answer !== '') return answer;
  throw new Failure('refused', { message: 'nothing was typed' });
}

/** One line of the terminal; empty when the input ends. What is typed shows on the output alone. */
async function ask(question: string, output: NodeJS.WritableStream, signal: AbortSignal): Promise<string> {
  const isHidden = output !== process.stderr;
  const lines = createInterface({ input: process.stdin, output, ...(isHidden ? { terminal: true } : {}) });
  // In a terminal that is read letter by letter Ctrl-C is a letter: it means what it means everywhere else.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  // Only now does the terminal no longer echo what is typed.
  if (isHidden) process.stderr.write(`${question} `);
  try {
    return await Promise.race([lines.question(isHidden ? '' : `${question} `, { signal }), ended]);
  } finally {
    lines.close();
  }
}
