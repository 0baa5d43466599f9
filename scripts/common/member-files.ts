import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ENDING = '.ts';

/** The words of the members of a room: the names of the files in its folder, sorted. */
export function memberWords(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
}

/** What the file of a word exports as `member`; undefined when there is none. The caller knows of which type a room's are. */
export async function loadMemberFile<Member>(folder: string, word: string): Promise<Member | undefined> {
  if (!memberWords(folder).includes(word)) return undefined;
  const { member } = (await import(join(folder, `${word}${ENDING}`))) as { member: Member };
  return member;
}
