#!/bin/sh
# Starts Grafana with a password of its own: made at the first start, kept beside its database, in no file that everybody has.
#   docker compose exec grafana cat /var/lib/grafana/admin-password
set -eu
: "${GF_PATHS_DATA:=/var/lib/grafana}" "${GRAFANA_RUN:=/run.sh}"

password=$GF_PATHS_DATA/admin-password
if [ ! -s "$password" ]; then
  (umask 077 && head -c 18 /dev/urandom | base64 >"$password.new")
  mv -f "$password.new" "$password"
fi
GF_SECURITY_ADMIN_PASSWORD__FILE=$password
export GF_SECURITY_ADMIN_PASSWORD__FILE
exec "$GRAFANA_RUN" "$@"
