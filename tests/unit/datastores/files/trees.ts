/** Folders with every kind of entry, and how stock programs see them. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that is removed after the test. */
export async function temporary(context: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a folder with every kind of entry that a backup takes; one that it does not take is the pipe. */
export async function makeTree(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'large'), randomBytes(700_001));
  await writeFile(join(folder, 'small.txt'), 'hello\n');
  await writeFile(join(folder, 'nothing'), '');
  // What shells know how to make, as a person would.
  const script = `
    mkdir -p empty deep/er/est 'with blanks' private
    printf x > "$(printf 'not\\377utf8')"; printf y > 'snow ☃'; printf z > "$(printf 'line\\nbreak')"
    printf l > "$(printf 'l%.0s' $(seq 240))"
    p=deep; for n in $(seq 12); do p="$p/$(printf 'long%.0s' $(seq 8))"; done; mkdir -p "$p"; printf deep > "$p/end"
    ln -s small.txt link; ln -s /etc/passwd out; ln -s nowhere/at/all dangling; ln -s "$(printf 'l%.0s' $(seq 200))" far
    ln small.txt 'with blanks/hard'; ln large deep/hard
    truncate -s 30M sparse; printf end >> sparse
    chmod 4755 nothing; chmod 1777 empty; chmod 000 'snow ☃'; printf s > private/key; chmod 0400 private/key; chmod 0700 private
    chown 1234:2345 deep/er; chown -h 1234:2345 link; mkfifo pipe
    touch -h -d '2001-02-03 04:05:06 UTC' link small.txt; touch -d '1999-12-31 23:59:59 UTC' deep/er/est . `;
  execFileSync('bash', ['-e', '-c', script], { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
}

/** Type, mode, owner, time, names and target of every entry, and the sum of every file, by stock programs. */
export function listing(folder: string): string {
  const find = `find . ! -type p -printf '%y %#m %U:%G %.10T@ %n %p -> %l\\n' | LC_ALL=C sort`;
  const sums = 'find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum';
  // The number of names of a folder, and its size, are matters of the file system.
  const script = `{ ${find} | sed -E 's/^(d [^ ]+ [^ ]+ [^ ]+) [0-9]+/\\1/'; ${sums}; }`;
  return execFileSync('bash', ['-e', '-c', script], { cwd: folder, encoding: 'latin1', maxBuffer: 1e8 });
}
