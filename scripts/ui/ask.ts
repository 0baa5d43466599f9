import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { Failure } from '../common/failure.ts';

/**
 * Asks the person to type a word before something is destroyed.
 * Throws Failure "refused" when another word is typed or the input ends.
 */
export async function askForWord(word: string, question: string, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // In a terminal that is read letter by letter Ctrl-C is a letter: it means what it means everywhere else.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(`${question} `, { signal }), ended]);
    if (answer.trim() !== word) {
      throw new Failure('refused', { message: `not confirmed: found "${answer.trim()}", expected "${word}"` });
    }
  } finally {
    lines.close();
  }
}
