import type { MemberSetting } from '../common/member-setting.ts';
import type { Secret } from '../common/secret.ts';
import type { Datastore } from './datastore.ts';
import type { ExchangeWork } from './exchange/process.ts';
import type { UrlForm } from './server-url.ts';

/** What things of a kind are called, for people. */
export interface KindWords {
  /** What is counted by name: "table". */
  readonly object: string;
  /** What is counted in it: "row". */
  readonly row: string;
  /** What a source is as a whole: "database". */
  readonly whole: string;
  /** What its clients notice when restored data takes the place of the live: "cutting off clients for a moment". */
  readonly exchange: string;
}

/** A setting of a server beside those that every server has, under its key in holdfast.yaml. */
export type OwnSetting = Pick<MemberSetting, 'rule' | 'about'>;

/** A connection that a password is looked for. */
export interface PasswordKey {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly databases: readonly string[] | undefined;
}

/**
 * How the settings name servers of a kind. Each has a list of its own in holdfast.yaml, called as the kind, and in .env
 * four names that begin with its prefix: …_CONTAINER, …_URL, …_PASSWORD and …_PASSWORD_FILE.
 */
export interface ServerForm {
  /** "POSTGRES". */
  readonly prefix: string;
  /** For people: "the PostgreSQL server". */
  readonly about: string;
  /** The name in .env that lists databases, such as "POSTGRES_DATABASES"; missing: a server is backed up as a whole. */
  readonly databases?: string;
  readonly url: UrlForm;
  /** By their keys in holdfast.yaml: "lock_wait_seconds". They arrive in `ServerAddress.own`. */
  readonly own?: Readonly<Record<string, OwnSetting>>;
  /**
   * Where a drill may restore to: a throw-away server, whose image can be set (`Datastore.throwaway` starts it), a server
   * of somebody's, under other names, or either. Missing: it needs neither.
   */
  readonly drill?: 'throw-away' | 'server' | 'throw-away or server';
  /** Where clients of this kind keep passwords. Gives the reason as text when there is one that must not be used. */
  findPassword?(
    key: PasswordKey,
    environment: Readonly<Record<string, string | undefined>>,
  ): Secret | string | undefined;
}

/**
 * One kind of store, without the code that works with it. A file in `datastores/members/` exports it as `member`; the name
 * of the file is the kind, in settings, on the command line and as the folder in a set. Nothing else has to be edited. The
 * file is loaded by every command, so what is heavy is imported in `load`.
 */
export interface KindMember {
  /** Kinds are shown to people in the order of these numbers. */
  readonly place: number;
  readonly words: KindWords;
  /** Missing for what is no server but lies on this machine. */
  readonly server?: ServerForm;
  /** How a drill may ask what it restored; missing: it cannot. */
  readonly questions?: 'sql' | 'documents';
  /** The source that an artifact of a set without a manifest belongs to; undefined when it is none of ours. */
  sourceOfFile(fileName: string): string | undefined;
  /** True where a source has a folder of its own below that of the kind. */
  readonly hasFolders?: true;
  load(): Promise<Datastore>;
  /** How exchanges are done in a process of their own, for kinds that do them so; see exchange/child.ts. */
  loadExchange?(): Promise<ExchangeWork>;
}
