#!/bin/sh
# Starts coturn for Aside: in the container of docker-compose.yml, and on a bare host for `npm start` and the tests.
# POSIX sh with awk, grep and sed only. It checks its environment, makes the shared secret at the first start (secrets.sh),
# finds the server's addresses, renders turnserver.conf.template and becomes turnserver, with keeper.sh beside it.
#
#   sh entrypoint.sh           start
#   sh entrypoint.sh health    ask the running server for a STUN answer (the container's health check)
#   sh entrypoint.sh rotate    a new secret; the one before stays good for as long as its credentials live
#   sh entrypoint.sh revoke    a new secret; every other is refused at once
#
# Environment (units in brackets)
#   DOMAIN                 the server's name: the realm, and where TURN_EXTERNAL_ADDRESS comes from
#   TURN_EXTERNAL_ADDRESS  IPv4 by which others reach this server; empty: what DOMAIN resolves to
#   TURN_LISTEN_ADDRESS    IPv4 of this machine to listen and relay on; empty: found out
#   TURN_IPV6_ADDRESS      IPv6 of this machine to listen and relay on as well; empty: DOMAIN's AAAA record, if that is
#                          an address of this machine (and TURN_EXTERNAL_ADDRESS is not set)
#   TURN_PORT              [port] UDP and TCP, 3478
#   TURN_CERTIFICATE       PEM file with certificate chain and key; empty: no TLS
#   TURN_TLS_PORT          [port] TLS over TCP, 5349
#   TURN_443_ADDRESS       a second IPv4 of this machine, for TLS on port 443 (the first one's belongs to the web server)
#   TURN_443_NAME          the name that leads to it; the certificate must be for this name then
#   TURN_443_PORT          [port] 443 (others: tests only)
#   TURN_METRICS_ADDRESS   address to serve Prometheus metrics at; empty: none
#   TURN_METRICS_PORT      [port] TCP, 9641
#   TURN_MIN_PORT, TURN_MAX_PORT  [port] UDP range for relays, 49152 to 65535
#   TURN_USER_QUOTA        [allocations] for one user part, 64: a browser makes one per URL and interface
#   TURN_TOTAL_QUOTA       [allocations] in all, 1200
#   TURN_MAX_BPS           [bytes a second] of one allocation, one direction, 1250000
#   TURN_BPS_CAPACITY      [bytes a second] promised to all allocations together, 0 = no such limit. coturn sets
#                          TURN_MAX_BPS aside for each allocation, idle or not: capacity / max is a number of allocations
#   TURN_SECRET_FILE       the secret shared with the signal server, /var/lib/coturn/secret
#   TURN_SECRET_LIFETIME   [seconds] after which it is replaced, 604800; 0 = only when asked to
#   TURN_SECRET_OVERLAP    [seconds] that the one before stays good, 7500: a credential lives for two hours at most, and the
#                          signal server notices a new secret within ten seconds
#   TURN_CHECK_SECONDS     [seconds] between two looks at secrets and certificate, 5
#   TURN_RUN_DIRECTORY     where the rendered configuration goes, /run/turn
#   TURN_ALLOW_LOOPBACK    1: peers on loopback are allowed (tests only), with TURN_LISTEN_ADDRESS=127.0.0.1
#   TURN_PROC              the kernel's tables of addresses, routes and limits, /proc (others: tests only)
#   TURN_END_WITH_STDIN    1: end when standard input closes, so that no server outlives the one who started it
set -eu
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
template=$here/turnserver.conf.template
proc=${TURN_PROC:-/proc}
proc_net=$proc/net

: "${DOMAIN=}" "${TURN_EXTERNAL_ADDRESS:=}" "${TURN_LISTEN_ADDRESS:=}" "${TURN_IPV6_ADDRESS:=}"
: "${TURN_PORT:=3478}" "${TURN_MIN_PORT:=49152}" "${TURN_MAX_PORT:=65535}"
: "${TURN_CERTIFICATE:=}" "${TURN_TLS_PORT:=5349}" "${TURN_443_ADDRESS:=}" "${TURN_443_NAME:=}" "${TURN_443_PORT:=443}"
: "${TURN_METRICS_ADDRESS:=}" "${TURN_METRICS_PORT:=9641}"
: "${TURN_USER_QUOTA:=64}" "${TURN_TOTAL_QUOTA:=1200}" "${TURN_MAX_BPS:=1250000}" "${TURN_BPS_CAPACITY:=0}"
: "${TURN_SECRET_FILE:=/var/lib/coturn/secret}" "${TURN_RUN_DIRECTORY:=/run/turn}"
: "${TURN_SECRET_LIFETIME:=604800}" "${TURN_SECRET_OVERLAP:=7500}" "${TURN_CHECK_SECONDS:=5}"
: "${TURN_ALLOW_LOOPBACK:=0}" "${TURN_END_WITH_STDIN:=0}"

config=$TURN_RUN_DIRECTORY/turnserver.conf

say() { printf 'turn: %s\n' "$*" >&2; }

# All mistakes are collected and told at once: nobody wants to find the second one after repairing the first.
mistakes=
mistake() {
  mistakes=1
  say "$*"
}
stop_on_mistakes() { [ -z "$mistakes" ] || exit 64; }

. "$here/secrets.sh"
. "$here/keeper.sh"

case ${1-} in rotate | revoke) ask_keeper "$1" && exit 0 || exit 75 ;; esac

if [ "${1-}" = health ]; then
  address=$(sed -n 's/^listening-ip=//p' "$config" | head -n 1)
  port=$(sed -n 's/^listening-port=//p' "$config")
  # Without an answer it waits for ever; and its words tell, not its exit code.
  timeout 4 turnutils_stunclient -p "$port" "$address" 2>&1 | grep -qi 'reflexive addr'
  exit
fi

# ---- what we were given -------------------------------------------------------------------------------------------

is_ipv4() { printf '%s\n' "$1" | grep -Eqx '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'; }
is_ipv6() { printf '%s\n' "$1" | grep -Eqx '[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}'; }
is_name() { printf '%s\n' "$1" | grep -Eqx '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*'; }
one_line() { [ "$(printf '%s' "$1" | wc -l)" -eq 0 ]; }

# number NAME VALUE LEAST MOST
number() {
  case $2 in
    '' | *[!0-9]* | ?????????????*) mistake "$1 must be a number, it is '$2'" ;;
    *) { [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; } || mistake "$1 must be from $3 to $4, it is $2" ;;
  esac
}

if [ -z "$DOMAIN" ]; then
  mistake "DOMAIN is not set: give the server's name, such as DOMAIN=chat.example.org"
elif ! one_line "$DOMAIN" || ! is_name "$DOMAIN" || [ "${#DOMAIN}" -gt 127 ]; then
  mistake "DOMAIN must be a plain host name such as chat.example.org, without https:// and without a port; it is '$DOMAIN'"
fi
for name in TURN_EXTERNAL_ADDRESS TURN_LISTEN_ADDRESS TURN_443_ADDRESS TURN_METRICS_ADDRESS; do
  eval "value=\$$name"
  [ -z "$value" ] || { one_line "$value" && is_ipv4 "$value"; } || mistake "$name must be an IPv4 address, it is '$value'"
done
[ -z "$TURN_IPV6_ADDRESS" ] || { one_line "$TURN_IPV6_ADDRESS" && is_ipv6 "$TURN_IPV6_ADDRESS"; } || mistake "TURN_IPV6_ADDRESS must be an IPv6 address, it is '$TURN_IPV6_ADDRESS'"
if [ -n "$TURN_443_ADDRESS$TURN_443_NAME" ]; then
  [ -n "$TURN_443_ADDRESS" ] || mistake "TURN_443_NAME needs TURN_443_ADDRESS: the second address of this machine"
  [ -n "$TURN_443_NAME" ] || mistake "TURN_443_ADDRESS needs TURN_443_NAME: a name of its own that leads there"
  [ -n "$TURN_CERTIFICATE" ] || mistake "TURN_443_ADDRESS needs TURN_CERTIFICATE"
  [ "$TURN_443_NAME" != "$DOMAIN" ] || mistake "TURN_443_NAME must be another name than DOMAIN"
fi
[ -z "$TURN_443_NAME" ] || { one_line "$TURN_443_NAME" && is_name "$TURN_443_NAME" && [ "${#TURN_443_NAME}" -le 230 ]; } || mistake "TURN_443_NAME must be a plain host name, it is '$TURN_443_NAME'"
number TURN_PORT "$TURN_PORT" 1 65535
number TURN_TLS_PORT "$TURN_TLS_PORT" 1 65535
number TURN_443_PORT "$TURN_443_PORT" 1 65535
number TURN_METRICS_PORT "$TURN_METRICS_PORT" 1 65535
number TURN_SECRET_LIFETIME "$TURN_SECRET_LIFETIME" 0 1000000000
number TURN_SECRET_OVERLAP "$TURN_SECRET_OVERLAP" 0 1000000000
number TURN_CHECK_SECONDS "$TURN_CHECK_SECONDS" 1 3600
number TURN_MIN_PORT "$TURN_MIN_PORT" 1024 65535
number TURN_MAX_PORT "$TURN_MAX_PORT" 1024 65535
number TURN_USER_QUOTA "$TURN_USER_QUOTA" 1 100000
number TURN_TOTAL_QUOTA "$TURN_TOTAL_QUOTA" 1 1000000
number TURN_MAX_BPS "$TURN_MAX_BPS" 1 10000000000
number TURN_BPS_CAPACITY "$TURN_BPS_CAPACITY" 0 100000000000
number TURN_ALLOW_LOOPBACK "$TURN_ALLOW_LOOPBACK" 0 1
number TURN_END_WITH_STDIN "$TURN_END_WITH_STDIN" 0 1
# The container's way to low ports, a capability of the file, is closed by no-new-privileges; on the machine's own network only
# the machine's own setting opens them.
if [ -n "$TURN_443_ADDRESS" ] && [ "$(id -u)" -ne 0 ] && grep -q '^NoNewPrivs:[[:space:]]*1' "$proc/self/status" 2>/dev/null; then
  least=$(cat "$proc/sys/net/ipv4/ip_unprivileged_port_start" 2>/dev/null || echo 1024)
  [ "$TURN_443_PORT" -ge "$least" ] || mistake "port $TURN_443_PORT is only for root on this machine: sysctl -w net.ipv4.ip_unprivileged_port_start=$TURN_443_PORT"
fi
for name in TURN_SECRET_FILE TURN_RUN_DIRECTORY TURN_CERTIFICATE; do
  eval "value=\$$name"
  case $value in '') ;; /*) one_line "$value" || mistake "$name must be one line" ;; *) mistake "$name must be an absolute path, it is '$value'" ;; esac
done
[ -r "$template" ] || mistake "the template is missing: $template"
for program in turnserver turnadmin; do
  command -v "$program" >/dev/null || mistake "$program (coturn) is not installed"
done
[ -n "$mistakes" ] || [ "$TURN_MIN_PORT" -le "$TURN_MAX_PORT" ] || mistake "TURN_MIN_PORT ($TURN_MIN_PORT) is above TURN_MAX_PORT ($TURN_MAX_PORT)"
if [ -z "$mistakes" ] && [ "$TURN_PORT" -ge "$TURN_MIN_PORT" ] && [ "$TURN_PORT" -le "$TURN_MAX_PORT" ]; then
  mistake "TURN_PORT ($TURN_PORT) lies within the range for relays, $TURN_MIN_PORT to $TURN_MAX_PORT"
fi
stop_on_mistakes

version=$(turnserver --version 2>/dev/null | grep -Eo '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
[ -n "$version" ] || { say "turnserver does not tell its version" && exit 69; }

# Before anything that can wait for DNS: the signal server wants the secret too.
make_secret
check_secret

# ---- addresses ----------------------------------------------------------------------------------------------------

# This machine's IPv4 addresses but loopback, one a line (Linux; a bare host elsewhere states both addresses).
local_ipv4() {
  [ -r "$proc_net"/fib_trie ] || return 0
  awk '/32 host LOCAL/ { print last } { last = $2 }' "$proc_net"/fib_trie | grep -v '^127\.' | sort -u
}

# Networks of interfaces that do not lead out (container bridges, tunnels), as "network mask" in decimal.
inner_networks() {
  [ -r "$proc_net"/route ] || return 0
  awk '
    function hex(s, i, n) { n = 0; s = tolower(s); for (i = 7; i >= 1; i -= 2) n = n * 256 + (index("0123456789abcdef", substr(s, i, 1)) - 1) * 16 + index("0123456789abcdef", substr(s, i + 1, 1)) - 1; return n }
    NR == 1 { next }
    $2 == "00000000" { out[$1] = 1; next }
    $3 == "00000000" { net[++n] = hex($2); mask[n] = hex($8); via[n] = $1 }
    END { for (i = 1; i <= n; i++) if (!(via[i] in out)) printf "%.0f %.0f\n", net[i], mask[i] }' "$proc_net"/route
}

# Local addresses by which packets leave to the world.
outer_ipv4() {
  inner=$(inner_networks)
  local_ipv4 | while IFS=. read -r a b c d; do
    value=$(((a << 24) + (b << 16) + (c << 8) + d))
    inside=
    while read -r net mask; do
      [ -n "$net" ] && [ $((value & mask)) -eq "$net" ] && inside=1
    done <<LIST
$inner
LIST
    [ -n "$inside" ] || printf '%s.%s.%s.%s\n' "$a" "$b" "$c" "$d"
  done
}

# resolve A|AAAA: DOMAIN's addresses. DNS first: a host's own name often stands in /etc/hosts as 127.0.1.1.
resolve() {
  {
    if command -v dig >/dev/null; then
      dig +short +time=3 +tries=2 "$DOMAIN" "$1" 2>/dev/null || true
    fi
    if command -v getent >/dev/null; then
      case $1 in A) getent ahostsv4 "$DOMAIN" || true ;; AAAA) getent ahostsv6 "$DOMAIN" || true ;; esac | awk '{ print $1 }'
    fi
  } | case $1 in
    A) grep -Ex '[0-9.]+' | grep -v '^127\.' ;;
    AAAA) grep -Eix '[0-9a-f:]+' | grep -Eiv '^(::1?|fe[89ab].*)$' ;;
  esac | awk '!seen[$0]++' || true
}

# expand: an IPv6 address a line, as /proc/net/if_inet6 writes it (32 hexadecimal digits).
expand_ipv6() {
  awk '{
    n = split(tolower($1), half, "::"); left = split(half[1], l, ":"); right = n > 1 ? split(half[2], r, ":") : 0
    if (half[1] == "") left = 0
    if (n > 1 && half[2] == "") right = 0
    out = ""
    for (i = 1; i <= left; i++) out = out substr("0000", 1, 4 - length(l[i])) l[i]
    if (n > 1) for (i = left + right; i < 8; i++) out = out "0000"
    for (i = 1; i <= right; i++) out = out substr("0000", 1, 4 - length(r[i])) r[i]
    print out }'
}

contains() { printf '%s\n' "$1" | grep -Fqx -- "$2"; }

external=$TURN_EXTERNAL_ADDRESS
if [ -z "$external" ]; then
  found=$(resolve A)
  for candidate in $found; do
    is_ipv4 "$candidate" || continue
    [ -n "$external" ] || external=$candidate
    # Of several, the one that is ours.
    if contains "$(local_ipv4)" "$candidate"; then
      external=$candidate
      break
    fi
  done
  [ -n "$external" ] || mistake "$DOMAIN has no IPv4 address yet: add its A record, or set TURN_EXTERNAL_ADDRESS"
fi

listen=$TURN_LISTEN_ADDRESS
if [ -z "$listen" ] && [ -n "$external" ]; then
  if contains "$(local_ipv4)" "$external"; then
    listen=$external
  else
    # Behind address translation: exactly one way out is certain, several are a question.
    ways=$(outer_ipv4)
    case $(printf '%s' "$ways" | grep -c . || true) in
      1) listen=$ways ;;
      0) mistake "no address of this machine leads out: set TURN_LISTEN_ADDRESS" ;;
      *) mistake "this machine has several addresses ($(printf '%s' "$ways" | tr '\n' ' ')): set TURN_LISTEN_ADDRESS to the one that $external is forwarded to" ;;
    esac
  fi
fi
stop_on_mistakes

allowed=$external
mapping=
if [ "$external" != "$listen" ]; then
  mapping=$external/$listen
  # Peers are compared after the mapping, so the inner address of this server is its own address as well.
  allowed="$external $listen"
fi

# IPv6 is not translated: only an address of this machine will do. An AAAA record that points elsewhere is left alone.
ipv6=$TURN_IPV6_ADDRESS
if [ -z "$ipv6" ] && [ -z "$TURN_EXTERNAL_ADDRESS" ] && [ -r "$proc_net"/if_inet6 ]; then
  for candidate in $(resolve AAAA); do
    expanded=$(printf '%s\n' "$candidate" | expand_ipv6)
    if awk '{ print $1 }' "$proc_net"/if_inet6 | grep -Fqx "$expanded"; then
      ipv6=$candidate
      break
    fi
  done
fi
listen="$listen${ipv6:+ $ipv6}"
allowed="$allowed${ipv6:+ $ipv6}"

# ---- the configuration --------------------------------------------------------------------------------------------

# is_before VERSION LIMIT: by major and minor number.
is_before() {
  printf '%s %s\n' "$1" "$2" | awk '{ split($1, a, "."); split($2, b, "."); exit !(a[1] < b[1] || (a[1] == b[1] && a[2] < b[2])) }'
}

values_of() {
  case $1 in
    PORT) echo "$TURN_PORT" ;;
    MIN_PORT) echo "$TURN_MIN_PORT" ;;
    MAX_PORT) echo "$TURN_MAX_PORT" ;;
    LISTEN_ADDRESS) echo "$listen" ;;
    EXTERNAL_MAPPING) echo "$mapping" ;;
    ALLOWED_PEER) echo "$allowed" ;;
    LOOPBACK_PEERS) [ "$TURN_ALLOW_LOOPBACK" = 0 ] || echo allow-loopback-peers ;;
    TLS_PORT) [ -z "$seen_certificate" ] || echo "$TURN_TLS_PORT" ;;
    CERTIFICATE) [ -z "$seen_certificate" ] || echo "$TURN_CERTIFICATE" ;;
    NO_TLS) [ -n "$seen_certificate" ] || echo no-tls ;;
    TLS_443) [ -z "$seen_certificate" ] || [ -z "$TURN_443_ADDRESS" ] || echo "$TURN_443_ADDRESS:$TURN_443_PORT $TURN_443_ADDRESS:$TURN_TLS_PORT" ;;
    METRICS_ADDRESS) echo "$TURN_METRICS_ADDRESS" ;;
    METRICS_PORT) [ -z "$TURN_METRICS_ADDRESS" ] || echo "$TURN_METRICS_PORT" ;;
    METRICS) [ -z "$TURN_METRICS_ADDRESS" ] || echo prometheus ;;
    REALM) echo "$DOMAIN" ;;
    USER_QUOTA) echo "$TURN_USER_QUOTA" ;;
    TOTAL_QUOTA) echo "$TURN_TOTAL_QUOTA" ;;
    MAX_BPS) echo "$TURN_MAX_BPS" ;;
    BPS_CAPACITY) echo "$TURN_BPS_CAPACITY" ;;
    *)
      say "the template has an unknown name: $1"
      exit 70
      ;;
  esac
}

render() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in '' | '#'*) continue ;; esac
    case $line in
      '@before '*)
        line=${line#@before }
        is_before "$version" "${line%% *}" || continue
        line=${line#* }
        ;;
      '@knows '*)
        line=${line#@knows }
        printf '%s\n' "$options" | grep -Eq -- "--${line%% *}([^a-z-]|\$)" || continue
        line=${line#* }
        ;;
    esac
    case $line in
      *'{{RUN_DIRECTORY}}'*) printf '%s%s%s\n' "${line%%\{\{*}" "$TURN_RUN_DIRECTORY" "${line#*\}\}}" ;;
      *'{{'*'}}'*)
        name=${line#*\{\{}
        values=$(values_of "${name%%\}\}*}")
        for value in $values; do printf '%s%s%s\n' "${line%%\{\{*}" "$value" "${line#*\}\}}"; done
        ;;
      *) printf '%s\n' "$line" ;;
    esac
  done <"$template"
}

umask 077
mkdir -p "$TURN_RUN_DIRECTORY"
cd "$TURN_RUN_DIRECTORY"
rm -f "$request_file" "$answer_file"
fill_database
options=$(turnserver --help 2>&1 || true)
seen_certificate=$(fingerprint_of_certificate)
[ -z "$TURN_CERTIFICATE" ] || [ -n "$seen_certificate" ] || say "no certificate in $TURN_CERTIFICATE yet: starting without TLS"
render >"$config.new"
mv -f "$config.new" "$config"

say "coturn $version on $listen port $TURN_PORT, known to others as $external, relays on UDP $TURN_MIN_PORT to $TURN_MAX_PORT"

if [ "$TURN_END_WITH_STDIN" = 1 ]; then
  # The process keeps its number over exec, so this little watcher can end it.
  exec 3<&0
  { cat <&3 >/dev/null || true; kill -9 $$; } >/dev/null 2>&1 &
  exec 3<&-
fi

# coturn names peers that it refuses (people's addresses at home, often) and has no option against it: its words pass
# through a filter that knows no names. sed ends when coturn does.
rm -f "$TURN_RUN_DIRECTORY/log"
mkfifo "$TURN_RUN_DIRECTORY/log"
sed -u -E \
  -e 's/[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*/[address]/g' \
  -e 's/([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}/[address]/g' \
  -e 's/[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]+)?/[address]/g' \
  -e 's/user(name)?[ =]+<[^>]*>/user <->/g' \
  <"$TURN_RUN_DIRECTORY/log" &
# Its words go through the filter too. Opened for each line, for the filter shall end when coturn does; and both ways, which never
# waits for a reader that may be gone.
(
  set +e
  say() { printf 'turn: %s\n' "$*" 1<>"$TURN_RUN_DIRECTORY/log"; }
  keep $$
) </dev/null >/dev/null 2>&1 &
exec turnserver -c "$config" </dev/null >"$TURN_RUN_DIRECTORY/log" 2>&1
