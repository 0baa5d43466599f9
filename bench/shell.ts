import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** Runs a text of bash, which has pipefail, in a folder. Throws with the end of its words when it fails. */
export function bash(text: string, folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  return runQuietly('bash', ['-euo', 'pipefail', '-c', text], folder, environment);
}

/** Runs a program whose output does not matter. Throws with the end of its stderr when it does not end with 0. */
export function runQuietly(
  program: string,
  words: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(program, words, { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let remarks = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    remarks = (remarks + text).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`"${words.join(' ')}" ended with ${code}:\n${remarks}`)),
    );
  });
}

/** As {@link runQuietly}; gives the seconds of processor that the program and all that it started took. */
export async function processorSeconds(
  program: string,
  words: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const script = `TIMEFORMAT='%U %S'; { time "$0" "$@" 2>&3; } 3>&2 2>"$BENCH_TIMES"`;
  const times = join(folder, 'times');
  await runQuietly('bash', ['-c', script, program, ...words], folder, { ...environment, BENCH_TIMES: times });
  const taken = (await readFile(times, 'utf8')).trim().split(' ').map(Number);
  return taken.reduce((sum, one) => sum + one, 0);
}

/** True when there is a program of that name. */
export async function isInstalled(program: string): Promise<boolean> {
  return promisify(execFile)('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}
