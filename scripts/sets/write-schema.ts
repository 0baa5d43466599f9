import { writeFile } from 'node:fs/promises';
import { manifestJsonSchema } from './manifest-schema.ts';

// Run by hand after a change of the format: `node scripts/sets/write-schema.ts`. A test says when it was forgotten.
const file = new URL('../../docs/manifest.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
