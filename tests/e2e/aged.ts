import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWithDigest, sha256 } from '../../scripts/sets/digest.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Copies a set to what it would be, had it been made so many days ago: name, dates and proofs fit each other. Gives its name. */
export async function copyAged(backups: string, set: string, days: number): Promise<string> {
  const when = new Date(Date.now() - days * DAY).toISOString();
  const id = when.slice(0, 16).replace(':', '-');
  const folder = join(backups, id);
  await cp(join(backups, set), folder, { recursive: true });
  const manifest = await rewrite(join(folder, 'manifest.json'), { id, createdAt: when, finishedAt: when });
  for (const file of (await readdir(folder)).filter((name) => name.startsWith('proof-'))) {
    const path = join(folder, file);
    const proof = await rewrite(path, { set: id, provenAt: when, manifestSha256: sha256(manifest) });
    await rm(path);
    await writeFile(join(folder, `proof-${when.replaceAll(/[:.]/g, '-')}.json`), proof, { mode: 0o600 });
  }
  return id;
}

async function rewrite(path: string, fields: object): Promise<Buffer> {
  const { digest: _digest, ...value } = JSON.parse(await readFile(path, 'utf8'));
  const bytes = encodeWithDigest({ ...value, ...fields });
  await writeFile(path, bytes);
  return bytes;
}
