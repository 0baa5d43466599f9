/**
 * The documents of the shop's mongo database. Everything follows from the counter, so that every
 * run makes the same bytes, ObjectIds included.
 */
import { createHash } from 'node:crypto';
import type { Document } from 'mongodb';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from 'mongodb';

type Make = (n: number) => Document;

const start = Date.UTC(2023, 4, 7, 15, 20);
const words = (
  'crocodile leather malet strap buckle hand-stitched ngwenya naïve Łódź 東京 café “limited” edition sand brown olive ' +
  'waxed thread brass zip pocket traveller’s gift birthday émigré Zürich ubuntu 😀 savanna river evening market'
).split(' ');
const people = [
  'Thandiwe Dlamini',
  'Jürgen Müller',
  'Zoë Žižek',
  'Sipho Nkosi',
  'Siân O’Brien',
  '李娜',
  'Дмитрий',
  'Ayşe Ångström',
];

/** Hex digits that differ from document to document and do not compress. */
function digest(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** The id of document `n` of a collection: reproducible, unlike those that the driver makes. */
export function idOf(collection: string, n: number): ObjectId {
  return new ObjectId(digest(`${collection}/${n}`).slice(0, 24));
}

const moment = (n: number) => new Date(start + ((n * 2_654_435_761) % 94_608_000_000));

function text(n: number, length: number): string {
  const parts: string[] = [];
  for (let at = 0; at < length; at += 1)
    parts.push(words[(n * 31 + at * at * 7 + ((n >> (at % 16)) & 3)) % words.length] ?? '');
  return parts.join(' ');
}

const malet: Make = (n) => ({
  _id: idOf('malets', n),
  name: `Malet ${n}`,
  slug: `malet-${n}`,
  price: Decimal128.fromString(((n % 99_999) / 100).toFixed(2)),
  size: { height: new Double(n % 90), width: n / 7, unit: 'cm' },
  stock: new Int32(n % 40),
  sold: Long.fromString(String(9_007_199_254_740_993n + BigInt(n))),
  colours: [words[n % 7], words[n % 11], null],
  description: text(n, 60),
  photo: new Binary(Buffer.from(digest(`photo/${n}`).repeat(3), 'hex')),
  made: moment(n),
});

const product: Make = (n) => ({
  _id: `SKU-${String(n).padStart(8, '0')}`,
  title: text(n, 6),
  variants: Array.from({ length: 1 + (n % 4) }, (_, at) => ({
    sku: digest(`v/${n}/${at}`).slice(0, 12),
    stock: at * 3,
    on: at % 2 === 0,
  })),
  'dotless key with spaces & "quotes"': n % 2 === 0,
  tags: n % 9 === 0 ? [] : [words[n % 13], words[n % 17]],
  search: /malet|bag/i,
  missing: null,
  text: text(n + 3, 50),
});

const murchase: Make = (n) => ({
  _id: idOf('murchases', n),
  number: new Int32(n),
  customer: {
    id: idOf('users', n % 5000),
    name: people[n % people.length],
    zone: n % 2 ? 'Africa/Johannesburg' : 'Asia/Kathmandu',
  },
  items: Array.from({ length: 1 + (n % 3) }, (_, at) => ({
    malet: idOf('malets', (n * 7 + at) % 1000),
    quantity: new Int32(1 + (at % 4)),
    price: Decimal128.fromString(`${n % 900}.${10 + (n % 90)}`),
  })),
  status: ['paid', 'sent', 'delivered', 'returned'][n % 4],
  trace: new UUID(digest(`trace/${n}`)),
  bought: moment(n),
  note: text(n, 45),
  signature: digest(`a/${n}`) + digest(`b/${n}`),
});

const blog: Make = (n) => ({
  _id: new Int32(n),
  title: text(n, 5),
  author: people[n % people.length],
  body: text(n, 80),
  comments: Array.from({ length: n % 6 }, (_, at) => ({
    by: people[at % people.length],
    at: moment(n + at),
    text: text(at * n, 8),
  })),
  published: n % 5 === 0 ? null : moment(n),
});

const community: Make = (n) => ({
  _id: { country: ['ZA', 'CH', 'JP', 'BR'][n % 4], number: new Int32(n) },
  name: `Community of ${words[n % words.length]} ${n}`,
  email: n % 3 === 0 ? `c${n}@ngwenya.example` : undefined,
  members: Array.from({ length: n % 30 }, (_, at) => idOf('users', n * 30 + at)),
  where: { type: 'Point', coordinates: [(n * 13) % 180, (n * 7) % 85] },
  rating: n % 100 === 0 ? Number.NaN : n / 3,
});

const session: Make = (n) => ({
  _id: idOf('sessions', n),
  token: digest(`token/${n}`),
  // far ahead, since the TTL index would otherwise delete the documents while a test compares them
  expires: new Date(Date.UTC(2090, 0, 1) + n * 1000),
  clock: new Timestamp({ t: 1_700_000_000 + n, i: n % 5 }),
});

export interface Collection {
  readonly name: string;
  /** Its part of all the documents. */
  readonly share: number;
  readonly make: Make;
  readonly indexes: readonly { readonly key: Record<string, 1 | -1>; readonly options?: Record<string, unknown> }[];
}

export const collections: readonly Collection[] = [
  {
    name: 'murchases',
    share: 0.6,
    make: murchase,
    indexes: [
      { key: { number: 1 }, options: { unique: true } },
      { key: { 'customer.id': 1, bought: -1 }, options: { name: 'of a customer, newest first' } },
      { key: { status: 1 }, options: { partialFilterExpression: { status: 'returned' } } },
    ],
  },
  {
    name: 'malets',
    share: 0.15,
    make: malet,
    indexes: [{ key: { slug: 1 }, options: { unique: true } }, { key: { colours: 1 } }],
  },
  { name: 'products', share: 0.1, make: product, indexes: [{ key: { 'variants.sku': 1 } }] },
  { name: 'blogs', share: 0.05, make: blog, indexes: [{ key: { author: 1, published: -1 } }] },
  { name: 'communities', share: 0.05, make: community, indexes: [{ key: { email: 1 }, options: { sparse: true } }] },
  {
    name: 'sessions.live',
    share: 0.05,
    make: session,
    indexes: [{ key: { expires: 1 }, options: { expireAfterSeconds: 0 } }],
  },
];
