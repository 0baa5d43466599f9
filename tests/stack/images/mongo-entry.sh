#!/bin/sh
# Entry of the test image "mongo": FerretDB in front of PostgreSQL with DocumentDB, since no
# MongoDB server can be had from packages. The PostgreSQL behind has a socket folder and a
# port of its own, so that nobody takes this container for a PostgreSQL server; it listens
# on loopback as well because DocumentDB calls itself over TCP when it makes a collection.
set -eu
: "${MONGO_INITDB_ROOT_USERNAME:?}" "${MONGO_INITDB_ROOT_PASSWORD:?}"
export PGPORT=9712
data=/data/db
socket=/run/documentdb
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
sql() { as_postgres psql -X -q -v ON_ERROR_STOP=1 -h "$socket" -d postgres "$@"; }

mkdir -p "$data" "$socket"
chown postgres:postgres "$data" "$socket"
chmod 0700 "$data" "$socket"
if [ ! -s "$data/PG_VERSION" ]; then
	as_postgres initdb --no-sync --username=postgres --auth=trust >/dev/null -D "$data"
	cat >>"$data/postgresql.conf" <<-EOF
		listen_addresses = '127.0.0.1'
		port = $PGPORT
		unix_socket_directories = '$socket'
		shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
		cron.database_name = 'postgres'
		cron.host = '$socket'
		fsync = off
		full_page_writes = off
		synchronous_commit = off
		shared_buffers = 256MB
		max_wal_size = 4GB
	EOF
fi
as_postgres pg_ctl start -s -w -D "$data" -l "$data/server.log"
if ! sql -tA -c "SELECT 1 FROM pg_extension WHERE extname = 'documentdb'" | grep -q 1; then
	sql -c 'CREATE EXTENSION documentdb CASCADE'
	# psql reads the password from its environment (\getenv), for the same reason as elsewhere: no argument lists
	sql <<-'EOF'
		\getenv name MONGO_INITDB_ROOT_USERNAME
		\getenv password MONGO_INITDB_ROOT_PASSWORD
		SET password_encryption = 'scram-sha-256';
		CREATE ROLE :"name" LOGIN SUPERUSER PASSWORD :'password';
	EOF
fi

# both servers end together, whichever of them goes first
stop() { kill "$front" 2>/dev/null || :; as_postgres pg_ctl stop -s -m fast -D "$data" || :; }
trap 'stop; exit 0' TERM INT
as_postgres ferretdb --postgresql-url="postgres://postgres@/postgres?host=$socket&port=$PGPORT&pool_max_conns=30" \
	--listen-addr=0.0.0.0:27017 --telemetry=disable --debug-addr=- --state-dir=/tmp --log-level=warn &
front=$!
wait "$front" || :
stop
exit 1
