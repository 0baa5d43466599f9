-- Provisioning: resources as JSON, groups, and an event log. :rows resources; the rest follows.
ALTER DATABASE ngwenya_scim SET default_transaction_isolation = 'repeatable read';
CREATE EXTENSION pg_trgm WITH SCHEMA public;
CREATE EXTENSION btree_gist;

CREATE TABLE resources (
	id uuid PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('User', 'Group')),
	external_id text,
	document jsonb NOT NULL,
	raw json,
	version int NOT NULL DEFAULT 1,
	changed timestamptz NOT NULL
);
INSERT INTO resources
SELECT md5('resource' || n)::uuid, CASE WHEN n % 10 = 0 THEN 'Group' ELSE 'User' END, NULLIF('ext-' || n, 'ext-7'),
	jsonb_build_object('schemas', ARRAY['urn:ietf:params:scim:schemas:core:2.0:User'], 'userName', 'user' || n,
		'name', jsonb_build_object('givenName', pg_temp.pick(first, n, 'f'), 'familyName', pg_temp.pick(last, n, 'l')),
		'emails', jsonb_build_array(jsonb_build_object('value', 'u' || n || '@ngwenya.example', 'primary', true)),
		'note', words, 'etag', md5('e' || n)),
	CASE WHEN n % 4 = 0 THEN json_build_object('b', n, 'a', '  spaces  are kept ') END, 1 + n % 9, pg_temp.moment(n, 'r')
FROM generate_series(1, :rows::int) AS n JOIN sentences ON sentences.id = n * 13 % 4096, people;

CREATE TABLE memberships (group_id uuid NOT NULL, member_id uuid NOT NULL, valid daterange NOT NULL, via text DEFAULT 'scim');
INSERT INTO memberships
SELECT md5('resource' || n / 10 * 10)::uuid, md5('resource' || n)::uuid, daterange(date '2023-01-01' + n % 500, date '2026-01-01' + n % 90)
FROM generate_series(10, :rows::int) AS n;

CREATE TABLE events (
	id bigserial PRIMARY KEY,
	resource_id uuid NOT NULL,
	operation text NOT NULL,
	patch jsonb,
	trace bit varying(64),
	cost money,
	seconds double precision,
	at timestamptz NOT NULL
);
INSERT INTO events (resource_id, operation, patch, trace, cost, seconds, at)
SELECT md5('resource' || 1 + n % :rows::int)::uuid, pg_temp.pick(ARRAY['create', 'replace', 'patch', 'delete'], n, 'o'),
	jsonb_build_array(jsonb_build_object('op', 'add', 'path', 'members[' || n % 12 || ']', 'value', words)),
	('x' || substr(md5('v' || n), 1, 8))::bit(32)::bit varying, (n % 700)::numeric::money,
	CASE n % 1000 WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' ELSE n / 7.0 END, pg_temp.moment(n, 'e')
FROM generate_series(1, :rows::int * 2) AS n JOIN sentences ON sentences.id = n * 19 % 4096;

CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value jsonb);
INSERT INTO cache SELECT 'k' || n, to_jsonb(n) FROM generate_series(1, 50) AS n;
CREATE TABLE empty_one (id int PRIMARY KEY, self int REFERENCES empty_one);
CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree, name text NOT NULL);
INSERT INTO tree SELECT n, NULLIF(n / 2, 0), 'branch ' || n FROM generate_series(1, 200) AS n;

ALTER TABLE memberships ADD CONSTRAINT once_at_a_time EXCLUDE USING gist (group_id WITH =, member_id WITH =, valid WITH &&);
ALTER TABLE memberships ADD FOREIGN KEY (member_id) REFERENCES resources;
ALTER TABLE events ADD FOREIGN KEY (resource_id) REFERENCES resources NOT VALID;
CREATE UNIQUE INDEX ON resources (external_id) NULLS NOT DISTINCT;
CREATE INDEX ON resources USING gin (document);
CREATE INDEX ON events (resource_id, at);
CREATE VIEW people_by_city AS SELECT document -> 'name' ->> 'familyName' AS family, count(*) AS members FROM resources GROUP BY 1;
CREATE FUNCTION family(document jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT document -> 'name' ->> 'familyName' $$;
CREATE INDEX resources_family ON resources (public.family(document));
CREATE RULE keep_events AS ON DELETE TO events DO INSTEAD NOTHING;
ALTER TABLE events OWNER TO ngwenya_owner;
ALTER SEQUENCE events_id_seq RESTART WITH 900000001;
COMMENT ON INDEX resources_family IS 'for the list of families';
ANALYZE;
