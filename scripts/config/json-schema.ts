import { fileJsonSchema } from './schema.ts';

/** The text of docs/holdfast.schema.json. */
export function jsonSchemaText(): string {
  const text = JSON.stringify(fileJsonSchema(), undefined, 2);
  // Short lists on one line, as the formatter of this project has them.
  const compact = text.replace(
    /\[\n\s+([^[\]{}]+?)\n\s+\]/g,
    (_, inner: string) => `[${inner.replace(/\n\s+/g, ' ')}]`,
  );
  return `${compact}\n`;
}

// Run by hand after a change of the schema; a test fails until the file is written anew.
if (process.argv[1] === import.meta.filename) process.stdout.write(jsonSchemaText());
