import { loadMember, storageKinds } from '../storage/index.ts';
import { fileJsonSchema } from './schema.ts';
import { keyOf } from './storages.ts';

/** The text of docs/holdfast.schema.json. */
export async function jsonSchemaText(): Promise<string> {
  const schema = fileJsonSchema() as { properties: Record<string, unknown> };
  schema.properties.storage = await storagesSchema(schema.properties.retention);
  const text = JSON.stringify(schema, undefined, 2);
  // Short lists on one line, as the formatter of this project has them.
  const compact = text.replace(
    /\[\n\s+([^[\]{}]+?)\n\s+\]/g,
    (_, inner: string) => `[${inner.replace(/\n\s+/g, ' ')}]`,
  );
  return `${compact}\n`;
}

/** Each storage by its kind's name, and those with names of their own, which say their kind. */
async function storagesSchema(retention: unknown): Promise<Record<string, unknown>> {
  const kinds = storageKinds();
  const members = await Promise.all(kinds.map(async (kind) => [kind, await memberSchema(kind)] as const));
  const named = members.map(([kind, properties]) => ({
    type: 'object',
    properties: { kind: { const: kind }, ...properties, retention },
    required: ['kind'],
    additionalProperties: false,
  }));
  const plain = members.map(([kind, properties]) => [
    kind,
    { type: 'object', properties: { kind: { type: 'string' }, ...properties, retention } },
  ]);
  return {
    description: 'Where sets go, by names of your choice; a name that is a kind needs no "kind".',
    type: 'object',
    properties: Object.fromEntries(plain),
    additionalProperties: { anyOf: named },
  };
}

async function memberSchema(kind: string): Promise<Record<string, unknown>> {
  const member = await loadMember(kind);
  const properties: Record<string, unknown> = {};
  for (const [name, { rule, about, variable, meaning }] of Object.entries(member?.settings ?? {})) {
    const description = `${about.charAt(0).toUpperCase()}${about.slice(1)} (${variable}).`;
    properties[keyOf(name)] = { ...rule.json, description };
    if (meaning === 'secret') properties[`${keyOf(name)}_file`] = { type: 'string', minLength: 1 };
  }
  return properties;
}

// Run by hand after a change of the schema; a test fails until the file is written anew.
if (process.argv[1] === import.meta.filename) process.stdout.write(await jsonSchemaText());
