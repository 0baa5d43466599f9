/** So many differences are told; a file that is wholly another one need not be quoted. */
const MOST = 5;

/**
 * How a file that is installed differs from the one that would be installed now, for people: lines that are not the
 * same, comments left out.
 */
export function textDrift(name: string, found: string | undefined, expected: string): string[] {
  if (found === expected) return [];
  if (found === undefined) return [`"${name}" is missing`];
  const [old, wanted] = [linesOf(found), linesOf(expected)];
  const more = old.filter((line) => !wanted.includes(line)).map((line) => `"${name}" has "${line}"`);
  const less = wanted.filter((line) => !old.includes(line)).map((line) => `"${name}" lacks "${line}"`);
  const all = [...more, ...less];
  if (all.length === 0) return [`"${name}" is written in another way`];
  return all.length > MOST ? [...all.slice(0, MOST), `"${name}" has ${all.length - MOST} more differences`] : all;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
