import * as z from 'zod';
import type { Rule } from '../common/rules.ts';

/** What the sections of holdfast.yaml are made of; see schema.ts. */

/** One value: read by its rule; the message of an issue is what was wanted. */
export function value<T>(rule: Rule<T>, description: string) {
  const checked = z.unknown().transform((found, context): T => {
    const result = rule.read(found);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: rule.wanted, input: found, params: { secret: rule.secret } });
    return z.NEVER;
  });
  return checked.meta({ ...rule.json, description }).optional();
}

/** A part of the file with settings below it; an unknown one is an error. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'settings below it' : undefined) });
}

/** Schemas that a plain text may stand for, for the JSON Schema. */
const shorthands = new WeakSet<object>();

/** A schema that takes a plain text in the place of what it stands for. */
export function shorthand<Schema extends z.ZodType>(schema: Schema, meaning: (text: string) => unknown) {
  const read = z.preprocess((found) => (typeof found === 'string' ? meaning(found) : found), schema);
  shorthands.add(read);
  return read;
}

/** Completes the JSON Schema of a {@link shorthand}: that of what it stands for, or a text. */
export function allowText({ zodSchema, jsonSchema }: { zodSchema: object; jsonSchema: object }): void {
  if (!shorthands.has(zodSchema)) return;
  const whole = { ...jsonSchema };
  for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
  Object.assign(jsonSchema, { anyOf: [{ type: 'string', minLength: 1 }, whole] });
}
