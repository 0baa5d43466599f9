import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import { type Place, type Problems, placeAt } from './problems.ts';
import type { Values } from './values.ts';

/** A holdfast.yaml that was read: everything is text, lists and mappings; `${NAME}` is replaced. */
export interface YamlFile {
  readonly path: string;
  readonly content: unknown;
  /** Where the value at a path of keys begins; of the nearest section around it when there is none. */
  placeOf(keys: readonly PropertyKey[]): Place;
  /** Where the name of a key stands. */
  placeOfKey(keys: readonly PropertyKey[], key: string): Place;
  /** The text as written when it held a `${NAME}`: what came from the environment is not to be shown. */
  writtenAt(keys: readonly PropertyKey[]): string | undefined;
  /** The names that were taken from the environment. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Reads the text of a holdfast.yaml. Syntax errors and names that are not set are added to the problems; undefined when
 * the syntax is wrong. Imported late: most folders have no holdfast.yaml, and the parser takes 20 ms to load.
 */
export function parseYaml(path: string, text: string, values: Values, problems: Problems): YamlFile | undefined {
  const lines = new LineCounter();
  // "failsafe" keeps every value as the text it was written as; see rules.ts. The parser's own pretty errors and
  // warnings quote the file, in which passwords may stand.
  const document = parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  });
  if (addSyntaxErrors(path, text, document, problems) || refuseSigns(path, text, document, problems)) return undefined;
  const written = new Map<unknown, string>();
  const taken = interpolate(document, values, written, (offset, problem) =>
    problems.add(placeAt(path, text, offset), problem),
  );
  const offsetOf = (node: unknown): number => (node as Partial<Scalar> | undefined)?.range?.[0] ?? 0;
  return {
    path,
    content: document.contents === null ? {} : document.toJS(),
    placeOf: (keys) => placeAt(path, text, offsetOf(nearestNode(document, keys))),
    placeOfKey: (keys, key) => placeAt(path, text, offsetOf(keyNode(nearestNode(document, keys), key))),
    writtenAt: (keys) => written.get(nearestNode(document, keys)),
    taken,
  };
}

/** One problem a line: the parser goes on after an error, and its further errors on the line are mostly echoes. */
function addSyntaxErrors(path: string, text: string, document: Document.Parsed, problems: Problems): boolean {
  const seen = new Set<number | undefined>();
  for (const error of document.errors) {
    const place = placeAt(path, text, error.pos[0]);
    if (seen.has(place.line)) continue;
    seen.add(place.line);
    // Behind a colon, a backslash or the sign of a tag the parser quotes the file, in which passwords may stand.
    const words = /^[^:\\"!]*/.exec(error.message)?.[0].trim() ?? '';
    problems.add(place, `not valid YAML: ${words.charAt(0).toLowerCase()}${words.slice(1)}`);
  }
  return document.errors.length > 0;
}

/**
 * A password that begins with "&", "*" or "!" is an anchor, an alias or a tag to YAML, which would drop a part of it
 * without a word. Settings have no use for these.
 */
function refuseSigns(path: string, text: string, document: Document.Parsed, problems: Problems): boolean {
  const starts: (number | undefined)[] = document.warnings.map((warning) => warning.pos[0]);
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) starts.push(node.range?.[0]);
      // The range of a node begins behind its anchor.
      else if (isNode(node) && node.anchor !== undefined) starts.push(text.lastIndexOf('&', node.range?.[0]));
    },
  });
  for (const start of starts) {
    problems.add(placeAt(path, text, start ?? 0), 'found "&", "*" or "!" at the start; put the whole value in quotes');
  }
  return starts.length > 0;
}

/** Replaces `${NAME}` in values (never in keys); `$${` stands for `${` itself. */
function interpolate(
  document: Document.Parsed,
  values: Values,
  written: Map<unknown, string>,
  complain: (offset: number, problem: string) => void,
): ReadonlySet<string> {
  const taken = new Set<string>();
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      written.set(node, node.value);
      node.value = node.value.replace(/\$?\$\{([^}]*)\}?/g, (match, name: string) => {
        if (match.startsWith('$$')) return match.slice(1);
        const problem = referenceProblem(match, name, values);
        if (problem !== undefined) complain(node.range?.[0] ?? 0, problem);
        taken.add(name);
        return values.textOf(name) ?? '';
      });
    },
  });
  return taken;
}

function referenceProblem(match: string, name: string, values: Values): string | undefined {
  if (!match.endsWith('}')) return `found "\${" without "}"; write "$\${" for the characters themselves`;
  if (!/^[A-Za-z_]\w*$/.test(name)) return `found something that is not a name in "\${}"`;
  return values.textOf(name) === undefined
    ? `"\${${name}}" is not set, neither in the environment nor in .env`
    : undefined;
}

function nearestNode(document: Document.Parsed, keys: readonly PropertyKey[]): unknown {
  let here: unknown = document.contents;
  for (const key of keys) {
    const next: unknown = isCollection(here) ? here.get(key, true) : undefined;
    if (next === undefined || next === null) break;
    here = next;
  }
  return here;
}

function keyNode(node: unknown, key: string): unknown {
  const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
  return pair?.key ?? node;
}
