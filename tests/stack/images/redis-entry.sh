#!/bin/sh
# Entry of the test images "redis" and "valkey": as in the official ones, what is given after the image is run, and a
# server runs as a user of its own.
set -eu
for user in redis valkey; do
	id "$user" >/dev/null 2>&1 && break
done
mkdir -p /data
chown "$user" /data
exec setpriv --reuid "$user" --regid "$user" --init-groups "$@"
