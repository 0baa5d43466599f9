-- One line "what<TAB>content" for everything that a restore must bring back, in one snapshot.
-- Rows are summed up as two 64-bit hashes each, so that their order does not matter. Only catalogue
-- functions of the server: pg_dump, which is under test, has no say in this.
\set ON_ERROR_STOP on
\pset fieldsep '\t'
-- whatever changes how a value is written, or whether a name carries its schema
SET search_path = pg_catalog;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET lc_monetary = 'C';
SET statement_timeout = 0;

-- grants in full and in order: the same rights can be stored in several ways
CREATE FUNCTION pg_temp.rights(acl aclitem[], kind "char", owner oid) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(concat_ws(' ', CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END, privilege_type, is_grantable),
		', ' ORDER BY grantee = 0, pg_get_userbyid(grantee), privilege_type)
	FROM aclexplode(coalesce(acl, acldefault(kind, owner))) $$;
CREATE FUNCTION pg_temp.foreign_to_us(class regclass, object oid) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM pg_depend WHERE classid = class AND objid = object AND deptype = 'e') $$;
-- relations that belong to people, not to the system or to an extension
CREATE TEMP VIEW ours AS
SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relpersistence, c.reloptions, c.relispopulated, c.relrowsecurity,
	c.relpartbound, c.relispartition, format('%I.%I', nspname, relname) AS path
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND NOT pg_temp.foreign_to_us('pg_class', c.oid);

BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT 'database', concat_ws(' ', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit,
	shobj_description(oid, 'pg_database'), pg_temp.rights(datacl, 'd', datdba))
FROM pg_database WHERE datname = current_database();
SELECT 'settings of ' || CASE setrole WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(setrole) END, array_to_string(setconfig, '; ')
FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database());
SELECT 'extension ' || extname, extversion || ' in ' || extnamespace::regnamespace FROM pg_extension;
SELECT 'schema ' || nspname, concat_ws(' ', pg_get_userbyid(nspowner), pg_temp.rights(nspacl, 'n', nspowner))
FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema';
SELECT 'type ' || oid::regtype, concat_ws(' ', typtype, pg_get_userbyid(typowner), format_type(typbasetype, typtypmod),
	(SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
FROM pg_type t WHERE typtype IN ('e', 'd', 'c') AND typnamespace::regnamespace::text !~ '^(pg_|information_schema)'
	AND NOT pg_temp.foreign_to_us('pg_type', oid) AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = typrelid AND relkind = 'c'));
SELECT 'function ' || oid::regprocedure, md5(concat_ws(' ', pg_get_functiondef(oid), pg_get_userbyid(proowner), pg_temp.rights(proacl, 'f', proowner)))
FROM pg_proc p WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)' AND prokind IN ('f', 'p') AND NOT pg_temp.foreign_to_us('pg_proc', oid);
SELECT concat_ws(' ', 'default rights of', pg_get_userbyid(defaclrole), defaclnamespace::regnamespace, defaclobjtype), defaclacl FROM pg_default_acl;

SELECT 'relation ' || path, concat_ws(' ', relkind, relpersistence, pg_get_userbyid(relowner), relispopulated, relrowsecurity, relispartition,
	reloptions, pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class'),
	CASE WHEN relkind NOT IN ('i', 'I', 'c') THEN pg_temp.rights(relacl, CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner) END)
FROM ours WHERE relkind <> 't';
SELECT 'columns ' || path, md5(string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
	pg_get_expr(adbin, adrelid), attcollation::regcollation, attacl, col_description(attrelid, attnum)), E'\n' ORDER BY attnum))
FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
	LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p', 'v', 'm', 'c') GROUP BY path;
SELECT 'constraint ' || conname || ' of ' || path, concat_ws(' ', pg_get_constraintdef(c.oid), convalidated)
FROM pg_constraint c JOIN ours ON ours.oid = conrelid;
SELECT 'index ' || path, pg_get_indexdef(oid) || ' ' || (SELECT indisvalid::text FROM pg_index WHERE indexrelid = oid) FROM ours WHERE relkind IN ('i', 'I');
SELECT 'view ' || path, md5(pg_get_viewdef(oid)) FROM ours WHERE relkind IN ('v', 'm');
SELECT 'trigger ' || tgname || ' of ' || path, pg_get_triggerdef(t.oid) || tgenabled::text
FROM pg_trigger t JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal;
SELECT 'rule ' || rulename || ' of ' || path, pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN ours ON ours.oid = ev_class WHERE rulename <> '_RETURN';
SELECT 'policy ' || polname || ' of ' || path, concat_ws(' ', polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid))
FROM pg_policy JOIN ours ON ours.oid = polrelid;
SELECT 'statistics ' || stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext;

SELECT 'large objects', count(*) || ' ' || coalesce(md5(string_agg(concat_ws(' ', oid, md5(lo_get(oid)), pg_get_userbyid(lomowner),
	pg_temp.rights(lomacl, 'L', lomowner), obj_description(oid, 'pg_largeobject')), E'\n' ORDER BY oid)), '')
FROM pg_largeobject_metadata;
SELECT format('SELECT %L, concat_ws('' '', last_value, is_called, %L) FROM %s', 'sequence ' || path,
	(SELECT concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle) FROM pg_sequence WHERE seqrelid = oid), path)
FROM ours WHERE relkind = 'S' ORDER BY path \gexec
SELECT format('SELECT %L, concat_ws('' '', count(*), sum(hashtextextended(t::text, 1)::numeric), sum(hashtextextended(t::text, 2)::numeric)) FROM ONLY %s AS t',
	'rows ' || path, path)
FROM ours WHERE relkind = 'r' OR relkind = 'm' AND relispopulated ORDER BY path \gexec
COMMIT;
