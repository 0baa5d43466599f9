/**
 * Questions to the catalog of one database. Object ids from 16384 on are users' (access/transam.h); members of
 * extensions come back with CREATE EXTENSION and are left out.
 */

const OURS = (alias: string, catalog: string): string => `${alias}.oid >= 16384
  and not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${alias}.oid and e.deptype = 'e')`;

/** A table as {@link TABLES} finds it. */
export interface TableRow {
  readonly schema: string;
  readonly name: string;
  /** True for the parent of partitions: it has no rows of its own. */
  readonly parent: boolean;
  readonly unlogged: boolean;
  /** True when our role may read it. */
  readonly readable: boolean;
}

export const TABLES = `select n.nspname as schema, c.relname as name, c.relkind = 'p' as parent,
  c.relpersistence = 'u' as unlogged, has_table_privilege(c.oid, 'SELECT') as readable
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname !~ '^pg_(temp|toast)' and ${OURS('c', 'pg_class')}
  order by 1, 2`;

export const INDEXES = `select n.nspname as schema, t.relname as name, array_agg(i.relname order by i.relname collate "C") as indexes
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
  join pg_namespace n on n.oid = t.relnamespace
  where t.relkind in ('r', 'p', 'm') and t.relpersistence <> 't' and n.nspname !~ '^pg_(temp|toast)' and ${OURS('t', 'pg_class')}
  group by 1, 2 order by 1, 2`;

/** `last` is text: it may not fit into a JSON number. A sequence that our role may not read has none. */
export const SEQUENCES = `select s.schemaname as schema, s.sequencename as name, s.last_value::text as last
  from pg_sequences s join pg_namespace n on n.nspname = s.schemaname
  join pg_class c on c.relname = s.sequencename and c.relnamespace = n.oid where ${OURS('c', 'pg_class')}`;

export const EXTENSIONS = `select e.extname as name, e.extversion as version, n.nspname as schema
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace order by 1`;

/** pg_database has other columns in each version; missing ones come out as undefined. */
export const DATABASE = `select to_jsonb(d) - 'datacl' as columns, d.datacl::text[] as acl, pg_get_userbyid(d.datdba) as owner,
  pg_encoding_to_char(d.encoding) as encoding, t.spcname as tablespace, shobj_description(d.oid, 'pg_database') as comment
  from pg_database d join pg_tablespace t on t.oid = d.dattablespace where d.datname = current_database()`;

export const SETTINGS = `select r.rolname as role, s.setconfig as settings
  from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole
  where d.datname = current_database() order by 1 nulls first`;

/** Owners, grantees and roles of policies, as pg_shdepend knows them; it leaves out the first superuser, we do not. */
export const ROLES = `select r.rolname as name from pg_roles r where r.rolname !~ '^pg_' and r.oid in (
    select refobjid from pg_shdepend join pg_database d on d.oid = dbid
      where refclassid = 'pg_authid'::regclass and d.datname = current_database()
    union select datdba from pg_database where datname = current_database()
    union select a.grantee from pg_database d, aclexplode(d.datacl) a where d.datname = current_database()
    union select setrole from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
      where d.datname = current_database()
    union select relowner from pg_class where oid >= 16384 and relpersistence <> 't'
    union select proowner from pg_proc where oid >= 16384
    union select nspowner from pg_namespace where oid >= 16384 and nspname !~ '^pg_'
    union select lomowner from pg_largeobject_metadata)
  order by 1`;

/** NOT NULL constraints are rows of pg_constraint from version 18 on, copies for partitions differ: both left out. */
export const OBJECTS = `select
  (select count(*) from pg_class c where c.relkind = 'v' and c.relpersistence <> 't' and ${OURS('c', 'pg_class')}) as views,
  (select count(*) from pg_class c where c.relkind = 'm' and ${OURS('c', 'pg_class')}) as "materialized views",
  (select count(*) from pg_class c where c.relkind = 'f' and ${OURS('c', 'pg_class')}) as "foreign tables",
  (select count(*) from pg_proc c where ${OURS('c', 'pg_proc')}) as functions,
  (select count(*) from pg_type c where c.typtype in ('d', 'e') and ${OURS('c', 'pg_type')}) as "domains and enums",
  (select count(*) from pg_constraint c where contype = 'f' and conparentid = 0 and ${OURS('c', 'pg_constraint')}) as "foreign keys",
  (select count(*) from pg_constraint c where contype = 'c' and ${OURS('c', 'pg_constraint')}) as "check constraints",
  (select count(*) from pg_constraint c where contype in ('p', 'u', 'x') and ${OURS('c', 'pg_constraint')}) as keys,
  (select count(*) from pg_trigger c where not tgisinternal and tgparentid = 0 and ${OURS('c', 'pg_trigger')}) as triggers,
  (select count(*) from pg_policy c where ${OURS('c', 'pg_policy')}) as policies`;

/** Subscriptions are read by superusers alone; their names stand in a column that everybody may read. */
export const REST = `select (select count(*) from pg_largeobject_metadata) as "largeObjects",
  (select coalesce(json_agg(pubname order by 1), '[]') from pg_publication) as publications,
  (select coalesce(json_agg(subname order by 1), '[]') from pg_subscription s join pg_database d on d.oid = s.subdbid
    where d.datname = current_database()) as subscriptions,
  (select coalesce(json_agg(distinct t.spcname), '[]') from pg_class c join pg_tablespace t on t.oid = c.reltablespace
    where c.oid >= 16384) as tablespaces`;
