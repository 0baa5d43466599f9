import type { Notice } from './notifier.ts';

/** All of a notice but its title, as plain text. */
export function bodyOf({ lines, command, host, time, run }: Notice): string {
  const about = [`host ${host}`, ...(run === undefined ? [] : [`run ${run.run}`]), time].join(', ');
  return [...lines, ...(command === undefined ? [] : ['', `try: ${command}`]), '', about].join('\n');
}

/** Cuts a text at a number of characters, and says so. Counts UTF-16 units, which is never less than services count. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  // Half of a pair of surrogates is not a character.
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** True when a watchdog is to be told that all is well: what looks wrong is still proven data. */
export function isWell({ kind, run }: Notice): boolean {
  if (kind === 'suspicious') return run?.result?.proof !== undefined && run.result.proof !== 'stored';
  return kind !== 'failure';
}

/** What templates of addresses and bodies may name. */
export function fieldsOf(notice: Notice): Readonly<Record<string, string>> {
  const { kind, title, lines, command, environment, host, time, run } = notice;
  const { startedAt, finishedAt } = run ?? {};
  const took = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : undefined;
  return {
    kind,
    title,
    lines: lines.join('\n'),
    command: command ?? '',
    environment,
    host,
    time,
    run: run?.run ?? '',
    set: run?.result?.set ?? '',
    status: isWell(notice) ? 'up' : 'down',
    code: String(isWell(notice) ? 0 : run?.result?.exitCode || 1),
    milliseconds: took === undefined ? '' : String(took),
  };
}

const PLACE = /\$\{([^}]*)\}/g;

/** The names in `${}` of a template that no notice has. */
export function unknownFields(template: string): string[] {
  const known = Object.keys(fieldsOf(EXAMPLE));
  return [...template.matchAll(PLACE)].map(([, name = '']) => name).filter((name) => !known.includes(name));
}

/** A template with each `${name}` replaced by the field, written so that it fits in there. */
export function fillIn(template: string, notice: Notice, write: (value: string) => string): string {
  const fields = fieldsOf(notice);
  return template.replace(PLACE, (_, name: string) => write(fields[name] ?? ''));
}

/** A notice of no run, to try templates with. */
export const EXAMPLE: Notice = {
  kind: 'test',
  title: 'a "title"',
  lines: ['one line', 'another'],
  environment: 'test',
  host: 'host',
  time: '2026-05-07T02:00:00Z',
  work: '',
  news: '',
};
