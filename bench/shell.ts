import { execFile, spawn } from 'node:child_process';
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

/** True when there is a program of that name. */
export async function isInstalled(program: string): Promise<boolean> {
  return promisify(execFile)('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}
