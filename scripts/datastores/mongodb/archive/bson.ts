/** A value of the few BSON types that an archive's own documents use. */
export type BsonValue = string | number | bigint | boolean;

/** Thrown for bytes that are not such a document; the message completes "... is not a header:". */
export class BsonError extends Error {}

/** BSON element types, https://bsonspec.org/spec.html. */
const STRING = 0x02;
const BOOLEAN = 0x08;
const INT32 = 0x10;
const INT64 = 0x12;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a flat BSON document: the headers and the prelude of an archive know only strings, booleans and integers.
 * Strict, since nothing else guards these bytes: every length, every terminator and every boolean must be exact.
 * Int32 becomes a number, int64 a bigint. Throws {@link BsonError}.
 */
export function parseFlatBson(bytes: Buffer): Map<string, BsonValue> {
  const fields = new Map<string, BsonValue>();
  if (bytes.length < 5 || bytes.readInt32LE(0) !== bytes.length) throw new BsonError('its length is wrong');
  let at = 4;
  while (at < bytes.length - 1) {
    const type = bytes[at] as number;
    const nameEnd = bytes.indexOf(0, at + 1);
    if (nameEnd < 0 || nameEnd >= bytes.length - 1) throw new BsonError('a field name does not end');
    const name = decode(bytes.subarray(at + 1, nameEnd));
    if (fields.has(name)) throw new BsonError(`field "${name}" is there twice`);
    const { value, end } = parseValue(bytes, type, nameEnd + 1);
    fields.set(name, value);
    at = end;
  }
  if (bytes[at] !== 0) throw new BsonError('its last byte is not 0');
  return fields;
}

function parseValue(bytes: Buffer, type: number, at: number): { value: BsonValue; end: number } {
  if (type === STRING) return parseString(bytes, at);
  need(bytes, at, type === BOOLEAN ? 1 : type === INT32 ? 4 : 8);
  if (type === BOOLEAN) return { value: parseBoolean(bytes[at]), end: at + 1 };
  if (type === INT32) return { value: bytes.readInt32LE(at), end: at + 4 };
  if (type === INT64) return { value: bytes.readBigInt64LE(at), end: at + 8 };
  throw new BsonError(`it has a field of type ${type}`);
}

function parseString(bytes: Buffer, at: number): { value: string; end: number } {
  need(bytes, at, 4);
  const length = bytes.readInt32LE(at);
  if (length < 1) throw new BsonError('a text has no length');
  need(bytes, at + 4, length);
  const end = at + 4 + length;
  if (bytes[end - 1] !== 0) throw new BsonError('a text does not end');
  return { value: decode(bytes.subarray(at + 4, end - 1)), end };
}

function parseBoolean(byte: number | undefined): boolean {
  if (byte !== 0 && byte !== 1) throw new BsonError(`a boolean is ${byte}`);
  return byte === 1;
}

/** The last byte of the document is its terminator and belongs to no value. */
function need(bytes: Buffer, at: number, length: number): void {
  if (at + length > bytes.length - 1) throw new BsonError('a value runs over its end');
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new BsonError('a text is not UTF-8', { cause: error });
  }
}
