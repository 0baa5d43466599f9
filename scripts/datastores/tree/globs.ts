/**
 * Tells whether a path is left out. As in .gitignore: a pattern with a slash means a path from the folder on, one without
 * means a name at any depth; "*" and "?" stay within a name, "**" does not. Paths are byte strings, and so are patterns.
 */
export function excluder(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.map(ruleOf);
  return (path) => rules.some((rule) => rule.test(path));
}

function ruleOf(pattern: string): RegExp {
  const plain = pattern.replace(/^\.?\//, '').replace(/\/$/, '');
  const isName = !plain.includes('/') && !/^\.?\//.test(pattern);
  const body = plain
    .split(/(\*\*\/|\/\*\*$|\*\*|\*|\?)/)
    .map((part) => WILD[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${isName ? '(?:.*/)?' : ''}${body}$`, 's');
}

const WILD: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '/**': '/.+',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};
