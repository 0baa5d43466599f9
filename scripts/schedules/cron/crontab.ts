import { Failure } from '../../common/failure.ts';
import { quotedWord } from '../../common/shell-word.ts';
import type { Project, ScheduleSurroundings } from '../schedule.ts';
import { runTool, toolFailure } from '../tool.ts';
import { scriptFolder, scriptPrefix } from './script.ts';

/**
 * A crontab is read and written as bytes (latin1 keeps each), so that nothing of others changes, whichever encoding
 * their comments are in.
 */
export type Crontab = string;

const BYTES = 'latin1';

/** Bytes of a line that every cron reads whole: Debian's takes 998 for the command. */
const MOST = 900;

/** The user's crontab; empty when there is none. Throws Failure "tool-missing", "denied". */
export async function readCrontab(surroundings: ScheduleSurroundings): Promise<Crontab> {
  const answer = await runTool(surroundings, ['crontab', '-l']);
  if (answer.code === 0) return answer.output.toString(BYTES);
  // Debian, cronie and BSD: "no crontab for app"; busybox: "can't open 'app': No such file or directory".
  if (/no crontab for|no such file/i.test(answer.words)) return '';
  throw toolFailure(['crontab', '-l'], answer);
}

/** Puts a crontab in the place of the user's; one that is empty is removed. */
export async function writeCrontab(surroundings: ScheduleSurroundings, text: Crontab): Promise<void> {
  const words: [string, ...string[]] = ['crontab', text === '' ? '-r' : '-'];
  const answer = await runTool(surroundings, words, { input: Buffer.from(text, BYTES) });
  if (answer.code !== 0) throw toolFailure(words, answer);
}

/** The lines of a project, its marks included; undefined when there are none. */
export function ownBlock(crontab: Crontab, project: Project, surroundings: ScheduleSurroundings): string | undefined {
  return split(crontab, project, surroundings)?.own;
}

/** The crontab with the project's lines replaced, where they stand or else at the end; undefined takes them away. */
export function withBlock(
  crontab: Crontab,
  project: Project,
  surroundings: ScheduleSurroundings,
  block: string | undefined,
): Crontab {
  const parts = split(crontab, project, surroundings);
  const own = bytesOf(block ?? '');
  if (parts !== undefined) return parts.before + own + parts.after;
  const closed = own === '' || crontab === '' || crontab.endsWith('\n') ? crontab : `${crontab}\n`;
  return closed + own;
}

/** The lines of a project: `lines` without their marks. */
export function blockOf({ id }: Project, lines: readonly string[]): string {
  return [begin(id), ...lines, end(id), ''].join('\n');
}

/** A text of ours as it stands in a crontab. */
export function bytesOf(text: string): Crontab {
  return Buffer.from(text).toString(BYTES);
}

/** A line of a job: cron takes a percent sign for a line break. */
export function jobLine(when: string, script: string): string {
  const path = quotedWord(script).replaceAll('%', '\\%');
  const line = `${when} /bin/sh ${path}`;
  if (Buffer.byteLength(line) <= MOST) return line;
  throw new Failure('settings', { message: `the path "${script}" is too long for a crontab` });
}

const begin = (id: string): string => `# BEGIN holdfast ${id}`;
const end = (id: string): string => `# END holdfast ${id}`;

interface Parts {
  readonly before: string;
  readonly own: string;
  readonly after: string;
}

/** Where the last mark was lost, the project's lines end with the last one that calls a script of its own. */
function split(crontab: Crontab, project: Project, surroundings: ScheduleSurroundings): Parts | undefined {
  const lines = crontab.split(/(?<=\n)/);
  const first = lines.findIndex((line) => line.trimEnd() === begin(project.id));
  if (first < 0) return undefined;
  const close = lines.findIndex((line, index) => index > first && line.trimEnd() === end(project.id));
  const script = bytesOf(`${scriptFolder(surroundings)}/${scriptPrefix(project)}`).replaceAll('%', '\\%');
  const foreign = lines.findIndex((line, index) => index > first && !line.includes(script.replaceAll("'", "'\\''")));
  const after = close >= 0 ? close + 1 : foreign >= 0 ? foreign : lines.length;
  const join = (from: number, to?: number): string => lines.slice(from, to).join('');
  return { before: join(0, first), own: join(first, after), after: join(after) };
}
