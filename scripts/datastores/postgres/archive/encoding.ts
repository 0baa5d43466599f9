/** Turns the bytes of a text into a string. */
export type Decode = (bytes: Buffer) => string;

/** What the platform calls PostgreSQL's encodings (WHATWG Encoding), where the name does not follow a pattern. */
const LABELS: Readonly<Record<string, string>> = {
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  EUC_JP: 'euc-jp',
  EUC_JIS_2004: 'euc-jp',
  EUC_KR: 'euc-kr',
  UHC: 'euc-kr',
  JOHAB: 'euc-kr',
  EUC_CN: 'gbk',
  GBK: 'gbk',
  GB18030: 'gb18030',
  BIG5: 'big5',
  SJIS: 'shift_jis',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
};

export const decodeUtf8: Decode = (bytes) => bytes.toString('utf8');

/**
 * The decoder for the statement of an archive's ENCODING entry, "SET client_encoding = 'LATIN1';". Names in a dump are
 * in the encoding of its database. What is unknown (SQL_ASCII among it) is read as UTF-8.
 */
export function decoderFor(statement: string): Decode {
  const name = /'([^']+)'/.exec(statement)?.[1] ?? 'UTF8';
  const label = LABELS[name] ?? labelByPattern(name);
  if (label === undefined) return decodeUtf8;
  const decoder = new TextDecoder(label);
  return (bytes) => decoder.decode(bytes);
}

function labelByPattern(name: string): string | undefined {
  const [, family, number] = /^(LATIN|WIN|ISO_8859_)(\d+)$/.exec(name) ?? [];
  if (number === undefined) return undefined;
  return family === 'WIN' && number !== '866' && number !== '874' ? `windows-${number}` : otherLabel(family, number);
}

function otherLabel(family: string | undefined, number: string): string {
  if (family === 'WIN') return number === '866' ? 'ibm866' : 'windows-874';
  return `iso-8859-${number}`;
}
