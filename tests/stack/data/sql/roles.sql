-- Roles of the cluster: an owner apart from the superuser, one that logs in, and a group.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I %s', name, attributes) FROM (VALUES
	('ngwenya_owner', 'NOLOGIN CREATEDB'),
	('ngwenya_app', $$LOGIN PASSWORD 'app-s3cret' CONNECTION LIMIT 40 VALID UNTIL '2099-12-31'$$),
	('Ngwenya Reports', 'NOLOGIN')
) AS wanted (name, attributes)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
GRANT "Ngwenya Reports" TO ngwenya_app;
ALTER ROLE ngwenya_app SET statement_timeout = '90s';
COMMENT ON ROLE ngwenya_app IS 'what the shop logs in as; it''s not an owner';
