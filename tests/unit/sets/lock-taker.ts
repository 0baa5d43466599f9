import process from 'node:process';
import { acquireLock } from '../../../scripts/sets/lock.ts';

/**
 * A run that takes a lock when it is told to, and tells how it went. `node lock-taker.ts FOLDER`; every line on standard
 * input is a command: "take" (answers "mine", "healed" or the code of the failure), "release", and its end ends it.
 */
const folder = process.argv[2] ?? '';
let release: (() => Promise<void>) | undefined;

async function take(): Promise<string> {
  let healed = false;
  try {
    const lock = await acquireLock(folder, {
      command: 'backup',
      report: () => {
        healed = true;
      },
    });
    release = lock.release;
    return healed ? 'healed' : 'mine';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

process.stdout.write('ready\n');
for await (const line of process.stdin.setEncoding('utf8')) {
  if (line.startsWith('take')) process.stdout.write(`${await take()}\n`);
  if (line.startsWith('release')) await release?.().then(() => process.stdout.write('released\n'));
}
