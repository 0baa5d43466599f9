/** The databases of the small online shop that demo, tests and bench back up. */

export const postgresDatabases = ['ngwenya_auth', 'ngwenya_uchat', 'ngwenya_scim'] as const;
export type PostgresDatabase = (typeof postgresDatabases)[number];

export const mongoDatabase = 'ngwenya';

/** How much to make: megabytes as the server measures them for each PostgreSQL database, documents for MongoDB. */
export interface Scale {
  readonly postgres: Readonly<Record<PostgresDatabase, number>>;
  readonly documents: number;
}

const size = (auth: number, uchat: number, scim: number, documents: number): Scale => ({
  postgres: { ngwenya_auth: auth, ngwenya_uchat: uchat, ngwenya_scim: scim },
  documents,
});

/** An empty database is 8 MB already, so `small` is about as little as there can be. */
export const scales = {
  small: size(12, 12, 12, 2_000),
  demo: size(60, 100, 40, 30_000),
  bench: size(300, 900, 300, 200_000),
} satisfies Record<string, Scale>;

export type ScaleName = keyof typeof scales;
