#!/bin/sh
# Entry of the test image "influxdb": as in the official one, the first start makes the administrator that the
# environment names, on a server that only the loopback reaches; then what is given after the image is run.
set -eu
if [ "$1" = influxd ] && [ ! -d /var/lib/influxdb/meta ]; then
	INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:8086 INFLUXDB_HTTP_AUTH_ENABLED=false influxd >/dev/null 2>&1 &
	for _ in $(seq 100); do
		influx -execute 'SHOW DATABASES' >/dev/null 2>&1 && break
		sleep 0.1
	done
	printf "CREATE USER \"%s\" WITH PASSWORD '%s' WITH ALL PRIVILEGES\n" "$INFLUXDB_ADMIN_USER" "$INFLUXDB_ADMIN_PASSWORD" | influx >/dev/null
	kill $!
	wait $! || true
fi
exec "$@"
