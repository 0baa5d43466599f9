import type { Document } from 'mongodb';
import { Failure } from '../../common/failure.ts';
import type { Question } from '../../common/question.ts';
import type { Connection } from './connection/connection.ts';
import { asked } from './connection/errors.ts';

/** A question that takes longer is no check; milliseconds. */
const PATIENCE = 60_000;

/** Counts documents or runs a command, and gives the answer as text; see Server.ask. */
export async function askDatabase(connection: Connection, question: Question, database: string): Promise<string> {
  const { BSON } = await import('mongodb');
  const parse = (text: string): Document => parseJson(() => BSON.EJSON.parse(text));
  const place = connection.client.db(database);
  if ('collection' in question) {
    const filter = parse(question.count);
    const options = { maxTimeMS: PATIENCE };
    return String(
      await asked(connection.address.label, () =>
        place.collection(question.collection).countDocuments(filter, options),
      ),
    );
  }
  if (!('command' in question)) {
    throw new Failure('settings', { message: 'a check of MongoDB is found without "collection" and "command"' });
  }
  const command = { ...parse(question.command), maxTimeMS: PATIENCE };
  return textOf(valueAt(await asked(connection.address.label, () => place.command(command)), question.path));
}

function valueAt(document: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => (value as Document | undefined | null)?.[step], document);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function parseJson(read: () => Document): Document {
  try {
    return read();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Failure('settings', { message: 'a check holds a text that is not JSON', detail, cause: error });
  }
}
