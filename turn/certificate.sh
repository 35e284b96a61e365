#!/bin/sh
# Hands the certificate that Caddy keeps for the relay's name to the relay: certificate chain and key in one PEM file, readable by
# the relay's group, replaced as a whole. Caddy's own directory, with its account and every other key, stays out of the relay's
# reach. POSIX sh with find, ls, cksum, tr; runs beside Caddy in docker-compose.yml, without a network.
#
#   NAME               the name in the certificate
#   CADDY_DATA         Caddy's data directory, /data/caddy
#   CERTIFICATE        what is written, /run/certificate/turn.pem
#   CHECKED            touched after every look (the container's health check), /tmp/checked
#   CHECK_SECONDS      between two looks, 10; 0: one pass over both looks, then end (tests)
set -eu
: "${NAME:?}" "${CADDY_DATA:=/data/caddy}" "${CERTIFICATE:=/run/certificate/turn.pem}" "${CHECKED:=/tmp/checked}" "${CHECK_SECONDS:=10}"
umask 027
# The first process of a container is deaf to what it has no word for: every stop would last Docker's ten seconds.
pause=
trap 'kill $pause 2>/dev/null || true; exit 0' TERM INT
# Caddy's files have the name in small letters, however it was written.
NAME=$(printf '%s' "$NAME" | tr '[:upper:]' '[:lower:]')

# The newest, for Caddy keeps one for each certificate authority that it has asked.
newest() { find "$CADDY_DATA/certificates" -type f -path "*/$NAME/$NAME.crt" -exec ls -t {} + 2>/dev/null | head -n 1; }

candidate=
look() {
  chain=$(newest)
  key=${chain%.crt}.key
  [ -n "$chain" ] && [ -r "$key" ] || return 0
  both=$(cat "$chain" "$key")
  now=$(printf '%s\n' "$both" | cksum)
  # Caddy writes the two files one after the other: what it was at two looks is a pair.
  if [ "$now" != "$candidate" ]; then
    candidate=$now
    return 0
  fi
  [ ! -r "$CERTIFICATE" ] || [ "$now" != "$(cksum <"$CERTIFICATE")" ] || return 0
  printf '%s\n' "$both" >"$CERTIFICATE.new"
  mv -f "$CERTIFICATE.new" "$CERTIFICATE"
  echo "certificate: handed over the one for $NAME"
}

while :; do
  look
  : >"$CHECKED"
  [ "$CHECK_SECONDS" -gt 0 ] || { look && exit 0; }
  # Waited for: a shell hears signals only between its commands.
  sleep "$CHECK_SECONDS" &
  pause=$!
  wait "$pause"
done
