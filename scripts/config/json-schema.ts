import type { MemberSettings } from '../common/member-setting.ts';
import { loadNotifier, notifierKinds } from '../notify/index.ts';
import { loadMember, storageKinds } from '../storage/index.ts';
import { keyOf } from './member-settings.ts';
import { NOTIFY_RULES } from './notify-rules.ts';
import { fileJsonSchema } from './schema.ts';

/** The text of docs/holdfast.schema.json. */
export async function jsonSchemaText(): Promise<string> {
  const schema = fileJsonSchema() as { properties: Record<string, unknown> };
  schema.properties.storage = await membersSchema(
    { kinds: storageKinds(), load: loadMember, own: { retention: schema.properties.retention } },
    'Where sets go, by names of your choice; a name that is a kind needs no "kind".',
  );
  schema.properties.notify = await membersSchema(
    { kinds: notifierKinds(), load: loadNotifier, own: { on: { ...NOTIFY_RULES.on.json, description: ON } } },
    'Who is told, by names of your choice; a name that is a kind needs no "kind".',
  );
  const text = JSON.stringify(schema, undefined, 2);
  // Short lists on one line, as the formatter of this project has them.
  const compact = text.replace(
    /\[\n\s+([^[\]{}]+?)\n\s+\]/g,
    (_, inner: string) => `[${inner.replace(/\n\s+/g, ' ')}]`,
  );
  return `${compact}\n`;
}

const ON = 'What is told: start, success, failure, suspicious (BACKUP_NOTIFY_ON).';

/** The members of a room, and what each entry says beside its member's settings. */
interface Members {
  readonly kinds: readonly string[];
  readonly load: (kind: string) => Promise<{ readonly settings: MemberSettings } | undefined>;
  readonly own: Readonly<Record<string, unknown>>;
}

/** Each member by its kind's name, and those with names of their own, which say their kind. */
async function membersSchema({ kinds, load, own }: Members, description: string): Promise<Record<string, unknown>> {
  const members = await Promise.all(
    kinds.map(async (kind) => [kind, settingsSchema((await load(kind))?.settings ?? {})] as const),
  );
  const named = members.map(([kind, properties]) => ({
    type: 'object',
    properties: { kind: { const: kind }, ...properties, ...own },
    required: ['kind'],
    additionalProperties: false,
  }));
  const plain = members.map(([kind, properties]) => [
    kind,
    { type: 'object', properties: { kind: { type: 'string' }, ...properties, ...own } },
  ]);
  return {
    description,
    type: 'object',
    properties: Object.fromEntries(plain),
    additionalProperties: { anyOf: named },
  };
}

function settingsSchema(settings: MemberSettings): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const [name, { rule, about, variable, meaning }] of Object.entries(settings)) {
    const description = `${about.charAt(0).toUpperCase()}${about.slice(1)} (${variable}).`;
    properties[keyOf(name)] = { ...rule.json, description };
    if (meaning === 'secret') properties[`${keyOf(name)}_file`] = { type: 'string', minLength: 1 };
  }
  return properties;
}

// Run by hand after a change of the schema; a test fails until the file is written anew.
if (process.argv[1] === import.meta.filename) process.stdout.write(await jsonSchemaText());
