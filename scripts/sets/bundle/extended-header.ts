import { refused } from './refused.ts';
import { textFrom } from './tar-header.ts';

/** What may stand in front of an entry and is true for it alone. */
export interface Extended {
  readonly path?: string;
  readonly size?: number;
}

/** More than the longest path and all times need; what is larger wants to fill the memory. */
export const LARGEST_EXTENDED = 64 * 1024;

/** Keywords that change what an entry is, rather than when or by whom it was made. */
const DANGEROUS = /^(?:linkpath$|GNU\.sparse|SCHILY\.(?:realsize|dev|ino|nlink)|charset$|hdrcharset$)/;

/** The records of a pax header: "<length> <keyword>=<value>\n". Throws Failure "damaged". */
export function parsePax(body: Buffer): Extended {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < body.length; ) {
    const digits = /^([1-9]\d{0,6}) /.exec(body.subarray(at, at + 8).toString('latin1'))?.[1];
    const end = at + Number(digits ?? Number.NaN);
    if (digits === undefined || end > body.length || body[end - 1] !== 0x0a) throw refused(undefined, BROKEN);
    const record = textFrom(body.subarray(at + digits.length + 1, end - 1), 'a pax header');
    take(found, record);
    at = end;
  }
  return found;
}

const BROKEN = 'a pax header in it is broken';

function take(found: { path?: string; size?: number }, record: string): void {
  const split = record.indexOf('=');
  if (split < 1) throw refused(undefined, BROKEN);
  const [keyword, value] = [record.slice(0, split), record.slice(split + 1)];
  if (DANGEROUS.test(keyword)) throw refused(found.path, `has a pax header "${keyword}", which no backup needs`);
  if (keyword === 'path') {
    if (found.path !== undefined) throw refused(value, 'has two names in its pax header');
    found.path = value;
  }
  if (keyword === 'size') {
    if (!/^\d{1,15}$/.test(value) || found.size !== undefined)
      throw refused(found.path, 'has a wrong size in its pax header');
    found.size = Number(value);
  }
}

/** The body of GNU tar's header "L": the name, ended by a zero byte. Throws Failure "damaged". */
export function parseLongName(body: Buffer): Extended {
  const end = body.indexOf(0);
  if (end >= 0 && body.subarray(end).some((byte) => byte !== 0)) {
    throw refused(undefined, 'a long name in it has bytes hidden behind it');
  }
  return { path: textFrom(end < 0 ? body : body.subarray(0, end), 'a long name') };
}
