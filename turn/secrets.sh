# The secrets that the relay and the signal server share. Sourced by entrypoint.sh, which has checked the variables that are
# used here (DOMAIN, TURN_SECRET_FILE, TURN_SECRET_OVERLAP, TURN_RUN_DIRECTORY) and defines say.
#
# TURN_SECRET_FILE has two lines, 64 hexadecimal digits each, and is only ever replaced as a whole:
#   the secret             signs credentials. Rotation replaces it.
#   the key of user parts  the signal server makes the user part of a credential with it. It outlives a rotation, so that one
#                          address stays one user, and the quota keeps counting.
# A file with one line, put there by hand, is the secret alone.
#
# TURN_SECRET_FILE.previous is the secret before, good for TURN_SECRET_OVERLAP seconds after it was replaced (the file's time
# says when). coturn takes its secrets from its database, which holds what these two files say: both secrets or one.

previous_file=$TURN_SECRET_FILE.previous
database=$TURN_RUN_DIRECTORY/turndb

random_hex() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
first_line() { sed -n 1p "$1"; }
age_of() { echo $(($(date +%s) - $(date -r "$1" +%s))); }

# replace FILE MODE: what comes in, written aside and moved into place. Nobody ever reads half a secret.
replace() {
  (umask 077 && cat >"$1.new") && chmod "$2" "$1.new" && mv -f "$1.new" "$1"
}

publish_secret() { printf '%s\n%s\n' "$1" "$2" | replace "$TURN_SECRET_FILE" 0640; }

# At the first start. Linked into place: of two that start at once, one wins.
make_secret() {
  [ ! -s "$TURN_SECRET_FILE" ] || return 0
  secret_directory=$(dirname -- "$TURN_SECRET_FILE")
  [ -d "$secret_directory" ] && [ -w "$secret_directory" ] || {
    say "cannot write the TURN secret: $secret_directory must be a directory that user $(id -u) may write to"
    exit 73
  }
  draft=$secret_directory/.secret.$$
  (umask 077 && printf '%s\n%s\n' "$(random_hex)" "$(random_hex)" >"$draft")
  chmod 0640 "$draft"
  ln "$draft" "$TURN_SECRET_FILE" 2>/dev/null || [ -s "$TURN_SECRET_FILE" ] || mv -f "$draft" "$TURN_SECRET_FILE"
  rm -f "$draft"
}

check_secret() {
  [ -r "$TURN_SECRET_FILE" ] || { say "cannot read the TURN secret in $TURN_SECRET_FILE" && exit 66; }
  awk 'NR > 2 || length($0) < 32 || length($0) > 128 || /[^A-Za-z0-9_-]/ { bad = 1 } END { exit bad || NR == 0 }' "$TURN_SECRET_FILE" || {
    say "the TURN secret in $TURN_SECRET_FILE must be one line of 32 to 128 letters and digits, or two: remove the file and start again"
    exit 65
  }
}

# ---- coturn's database ----------------------------------------------------------------------------------------------

# turnadmin keeps a log of its own wherever it may write, named after its process.
admin() {
  turnadmin "$@" -r "$DOMAIN" -b "$database" 2>/dev/null &
  admin_process=$!
  wait "$admin_process" && admin_code=0 || admin_code=$?
  rm -f "/var/log/turn_${admin_process}_"*.log "/var/tmp/turn_${admin_process}_"*.log "/tmp/turn_${admin_process}_"*.log "./turn_${admin_process}_"*.log
  return "$admin_code"
}

known_to_coturn() { admin -S | grep -Fq -- "$1["; }

# turnadmin is silent where the database was busy: look, and do it again.
allow_secret() {
  for attempt in 1 2 3 4 5; do
    admin -s "$1" >/dev/null
    ! known_to_coturn "$1" || return 0
  done
  return 1
}

refuse_secret() {
  for attempt in 1 2 3 4 5; do
    admin -X "$1" >/dev/null
    known_to_coturn "$1" || return 0
  done
  return 1
}

# Before coturn starts: the database from the files.
fill_database() {
  rm -f "$database" "$database-wal" "$database-shm"
  (
    umask 077
    allow_secret "$(first_line "$TURN_SECRET_FILE")" && { [ ! -s "$previous_file" ] || allow_secret "$(first_line "$previous_file")"; } &&
      # Bytes 18 and 19 of an SQLite file say who may write and read it: 2 is a write-ahead log, in which coturn still reads while
      # turnadmin writes. In the mode that they begin with it would refuse somebody at that moment.
      printf '\002\002' | dd of="$database" bs=1 seek=18 conv=notrunc 2>/dev/null
  ) || { say "cannot write coturn's database in $TURN_RUN_DIRECTORY" && exit 73; }
}

# ---- while coturn runs ----------------------------------------------------------------------------------------------

# A new secret. The relay knows it before the signal server does, and the one before as long as its credentials live.
rotate_secret() {
  if [ -e "$previous_file" ]; then
    echo "no: the secret before this one is still good for $((TURN_SECRET_OVERLAP - $(age_of "$previous_file"))) seconds, and there are never more than two (revoke does not wait)"
    return 1
  fi
  new=$(random_hex)
  old=$(first_line "$TURN_SECRET_FILE")
  users=$(sed -n 2p "$TURN_SECRET_FILE")
  allow_secret "$new" || { echo "no: coturn's database cannot be written" && return 1; }
  printf '%s\n' "$old" | replace "$previous_file" 0600 && publish_secret "$new" "${users:-$(random_hex)}" ||
    { echo "no: $TURN_SECRET_FILE cannot be written" && return 1; }
  echo "ok: a new secret; the one before is good for another $TURN_SECRET_OVERLAP seconds"
}

# A new secret, and every other is refused from now on: for one that somebody has seen.
revoke_secrets() {
  new=$(random_hex)
  old=$(first_line "$TURN_SECRET_FILE")
  allow_secret "$new" || { echo "no: coturn's database cannot be written" && return 1; }
  publish_secret "$new" "$(random_hex)" || { echo "no: $TURN_SECRET_FILE cannot be written" && return 1; }
  refuse_secret "$old" || { echo "no: coturn's database cannot be written" && return 1; }
  if [ -s "$previous_file" ]; then
    refuse_secret "$(first_line "$previous_file")" || { echo "no: coturn's database cannot be written" && return 1; }
    rm -f "$previous_file"
  fi
  echo "ok: a new secret; no other is good any more"
}

# When the credentials of the previous secret have all expired.
retire_secret() {
  [ -e "$previous_file" ] && [ "$(age_of "$previous_file")" -ge "$TURN_SECRET_OVERLAP" ] || return 0
  old=$(first_line "$previous_file")
  # The same one if a rotation was cut short between its two files.
  [ "$old" = "$(first_line "$TURN_SECRET_FILE")" ] || refuse_secret "$old" || return 0
  rm -f "$previous_file"
  say "the previous secret is refused from now on"
}
