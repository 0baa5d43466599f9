#!/bin/sh
# Entry of the test image "postgres": the part of the official image's behaviour that a
# backup tool meets. First argument "postgres", further ones are the server's settings.
set -eu
: "${POSTGRES_PASSWORD:?}" "${PGDATA:?}"
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }

# made at run time, not in the image, because PGDATA lies on a volume
mkdir -p "$PGDATA" /var/run/postgresql
chown postgres:postgres "$PGDATA" /var/run/postgresql
chmod 0700 "$PGDATA"
chmod 3777 /var/run/postgresql

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	# the password travels in a file: arguments are readable by every process
	(umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/pwfile && chown postgres /tmp/pwfile)
	as_postgres initdb --no-sync --username="$user" --pwfile=/tmp/pwfile --auth=trust >/dev/null
	rm -f /tmp/pwfile
	printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
	echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	if [ "$database" != postgres ]; then
		# single-user mode makes the database before anybody can connect and find it missing
		printf 'CREATE DATABASE "%s"\n' "$database" | as_postgres postgres --single -D "$PGDATA" postgres >/dev/null
	fi
fi
exec setpriv --reuid postgres --regid postgres --init-groups "$@"
