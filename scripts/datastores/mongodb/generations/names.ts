import { type Generation, spellGeneration } from '../../generation.ts';

/**
 * What the names of a generation's collections begin with: "holdfast_new_20261121_235220_". Without a dot, since FerretDB
 * renames no collection that has one in its name.
 */
export function prefixOf(generation: Generation): string {
  return `holdfast_${spellGeneration(generation)}_`;
}

/**
 * The collection that says what a generation is; without it nothing is one, whatever it is called. No server takes a
 * collection ".about", so this is never the name of a copy.
 */
export function aboutOf(generation: Generation): string {
  return `${prefixOf(generation)}.about`;
}

/** Where documents are kept that a client wrote to a name between its old and its new collection. Not longer than a prefix. */
export function gapName(stamp: string, collection: string, attempt: number): string {
  return `holdfast_gap${attempt === 1 ? '' : attempt}_${stamp}_${collection}`;
}

const ABOUT = /^holdfast_(new|before)_(\d{8}_\d{6})_\.about$/;

/** The generation that a collection says something about, if it is such a one. */
export function generationOfAbout(collection: string): Generation | undefined {
  const [, part, stamp] = ABOUT.exec(collection) ?? [];
  return part === undefined || stamp === undefined ? undefined : { part: part as Generation['part'], stamp };
}

/** True for two names of one generation. */
export function isSame(one: Generation | undefined, other: Generation | undefined): boolean {
  return one?.part === other?.part && one?.stamp === other?.stamp;
}
