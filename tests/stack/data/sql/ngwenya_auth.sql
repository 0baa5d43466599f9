-- Users, sessions and orders. :rows users; everything else follows from that.
ALTER DATABASE ngwenya_auth SET timezone = 'Africa/Johannesburg';
ALTER DATABASE ngwenya_auth SET search_path = public, audit;
ALTER ROLE ngwenya_app IN DATABASE ngwenya_auth SET work_mem = '8MB';
COMMENT ON DATABASE ngwenya_auth IS 'who may do what in the shop';
CREATE EXTENSION citext;
CREATE EXTENSION pgcrypto;
CREATE SCHEMA audit AUTHORIZATION ngwenya_owner;

CREATE TYPE user_status AS ENUM ('invited', 'active', 'on hold', 'closed');
CREATE DOMAIN short_text AS text CHECK (length(VALUE) <= 200);

CREATE TABLE users (
	id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 3),
	public_id uuid NOT NULL,
	email citext NOT NULL,
	name short_text,
	status user_status NOT NULL DEFAULT 'invited',
	password_hash bytea,
	profile jsonb NOT NULL DEFAULT '{}',
	time_zone text,
	balance numeric(12, 2) NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL,
	local_birthday date
);
COMMENT ON COLUMN users.balance IS 'in rand; "negative" means owed';

INSERT INTO users (public_id, email, name, status, password_hash, profile, time_zone, balance, created_at, local_birthday)
SELECT md5('user' || n)::uuid, 'User.' || n || '@Ngwenya.example',
	pg_temp.pick(first, n, 'f') || ' ' || pg_temp.pick(last, n, 'l'),
	(enum_range(NULL::user_status))[1 + n % 4], sha256(convert_to('salt' || n, 'UTF8')),
	jsonb_build_object('city', pg_temp.pick(city, n, 'c'), 'likes', ARRAY[n % 7, n % 11], 'newsletter', n % 3 = 0,
		'address', jsonb_build_object('street', n % 211 || ' "Crocodile" Rd', 'lines', NULL)),
	pg_temp.pick(zone, n, 'z'), (n % 100000) / 7.0 - 3000, pg_temp.moment(n, 'u'),
	CASE WHEN n % 5 > 0 THEN date '1950-01-01' + pg_temp.number(n, 'b', 20000) END
FROM generate_series(1, :rows::int) AS n, people;

CREATE TABLE sessions (
	token text NOT NULL,
	user_id bigint NOT NULL,
	address inet,
	agent text,
	opened timestamptz NOT NULL,
	lasted interval,
	active_at tstzrange,
	UNIQUE (token)
);
INSERT INTO sessions
SELECT encode(sha256(convert_to('session' || n, 'UTF8')), 'hex'), 1000 + 3 * (n % :rows::int),
	('10.' || n % 256 || '.' || n / 256 % 256 || '.' || n % 251)::inet,
	'Mozilla/5.0 (' || pg_temp.pick(ARRAY['X11; Linux x86_64', 'Macintosh', 'Windows NT 10.0; Win64', 'iPhone'], n, 'a')
		|| ') AppleWebKit/' || n % 600 || '.36 (KHTML, like Gecko) Version/' || n % 19 || '.' || n % 7,
	opened, n % 7200 * interval '1 second', tstzrange(opened, opened + interval '2 hours')
FROM (SELECT n, pg_temp.moment(n, 's') AS opened FROM generate_series(1, :rows::int * 3) AS n) AS made;

CREATE TABLE "Order Items" (
	"Id" serial PRIMARY KEY,
	"User Id" bigint NOT NULL,
	"SKU" char(12) NOT NULL,
	"Quantity" smallint CHECK ("Quantity" > 0),
	"Price" numeric NOT NULL,
	"select" text,
	"Note ""quoted""" text
);
INSERT INTO "Order Items" ("User Id", "SKU", "Quantity", "Price", "select", "Note ""quoted""")
SELECT 1000 + 3 * (n % :rows::int), upper(substr(md5('sku' || n % 5000), 1, 12)), 1 + n % 9, round(n % 9999 * 1.15, 2),
	CASE WHEN n % 4 > 0 THEN words END, CASE WHEN n % 9 = 0 THEN E'two\nlines \\ and a tab\t, "quotes"' END
FROM generate_series(1, :rows::int * 2) AS n JOIN sentences ON sentences.id = n * 31 % 4096;

CREATE TABLE audit.logins (at timestamptz NOT NULL, user_id bigint, ok boolean, detail jsonb) PARTITION BY RANGE (at);
CREATE TABLE audit.logins_2023 PARTITION OF audit.logins FOR VALUES FROM ('2023-01-01+02') TO ('2024-01-01+02');
CREATE TABLE audit.logins_2024 PARTITION OF audit.logins FOR VALUES FROM ('2024-01-01+02') TO ('2025-01-01+02');
CREATE TABLE audit.logins_later PARTITION OF audit.logins DEFAULT;
INSERT INTO audit.logins
SELECT pg_temp.moment(n, 'g'), 1000 + 3 * (n % :rows::int), n % 13 > 0, jsonb_build_object('via', n % 3, 'trace', md5('t' || n))
FROM generate_series(1, :rows::int * 2) AS n;

ALTER TABLE users ADD PRIMARY KEY (id), ADD UNIQUE (email);
ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE "Order Items" ADD CONSTRAINT "of a user" FOREIGN KEY ("User Id") REFERENCES users DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX sessions_opened ON sessions (user_id, opened DESC NULLS LAST);
CREATE INDEX "Items of SKU" ON "Order Items" (lower("SKU")) INCLUDE ("Price") WHERE "Quantity" > 3;
CREATE INDEX ON users USING gin (profile jsonb_path_ops);
CREATE INDEX ON audit.logins (user_id);

CREATE FUNCTION audit.note_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	INSERT INTO audit.logins VALUES (NEW.created_at, NEW.id, true, jsonb_build_object('balance', NEW.balance, 'old', OLD.balance));
	RETURN NEW;
END $$;
CREATE TRIGGER note_balance AFTER UPDATE OF balance ON users
	FOR EACH ROW WHEN (NEW.balance IS DISTINCT FROM OLD.balance) EXECUTE FUNCTION audit.note_balance();
UPDATE users SET balance = balance + 1 WHERE id < 1300;

CREATE VIEW active_users WITH (security_barrier) AS SELECT id, email, name FROM users WHERE status = 'active';
CREATE MATERIALIZED VIEW "Sales by SKU" AS
	SELECT "SKU", sum("Quantity" * "Price") AS total, count(*) AS items FROM "Order Items" GROUP BY "SKU";
CREATE UNIQUE INDEX ON "Sales by SKU" ("SKU");

-- pictures as large objects, with numbers of our own so that they are the same every time
SELECT count(lo_from_bytea(70000 + n::oid::int, pg_temp.noise(n, 20000 + n % 5 * 9000))) FROM generate_series(1, 8 + :rows::int / 1500) AS n;
ALTER LARGE OBJECT 70001 OWNER TO ngwenya_app;
COMMENT ON LARGE OBJECT 70002 IS 'the shop''s own logo';
GRANT SELECT ON LARGE OBJECT 70003 TO "Ngwenya Reports";
CREATE TABLE avatars (user_id bigint PRIMARY KEY REFERENCES users, picture oid NOT NULL);
INSERT INTO avatars SELECT 1000 + 3 * n, 70000 + n FROM generate_series(1, 8) AS n;

CREATE SEQUENCE invoice_number START 20230001 INCREMENT 7 CACHE 5;
SELECT setval('invoice_number', 20231408, true);
ALTER TABLE users OWNER TO ngwenya_owner;
ALTER TABLE audit.logins OWNER TO ngwenya_owner;
ALTER VIEW active_users OWNER TO ngwenya_owner;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_row ON users FOR SELECT TO ngwenya_app USING (email = current_user::citext);
GRANT SELECT, INSERT ON sessions, "Order Items" TO ngwenya_app;
GRANT SELECT ON active_users, "Sales by SKU" TO "Ngwenya Reports";
ALTER DEFAULT PRIVILEGES FOR ROLE ngwenya_owner IN SCHEMA audit GRANT SELECT ON TABLES TO "Ngwenya Reports";
ANALYZE;
