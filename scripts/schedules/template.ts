import { readFile } from 'node:fs/promises';
import { Failure } from '../common/failure.ts';

const root = new URL('../../', import.meta.url);

/** The text of a template at the root of Holdfast, such as "systemd/holdfast.timer". */
export async function readTemplate(path: string): Promise<string> {
  return await readFile(new URL(path, root), 'utf8');
}

/** Puts values in the places `{{name}}`; a line that is left empty goes. Throws Failure "internal" for an unknown name. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const lines = template.split('\n').flatMap((line) => {
    const filled = line.replace(/\{\{(\w+)\}\}/g, (_, name: string) => placeValue(values, name));
    return filled === '' && line !== '' ? [] : [filled];
  });
  return lines.join('\n');
}

function placeValue(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value === undefined)
    throw new Failure('internal', { message: `the template wants "${name}", which has no value` });
  return value;
}
