# What happens beside a running coturn: secrets are rotated, and a renewed certificate is taken up, without a restart. Sourced by
# entrypoint.sh after secrets.sh. One process does all of it, one thing after the other, so nothing here needs a lock.

# What is asked of it by `entrypoint.sh rotate` and `revoke`, and what it says to that.
request_file=$TURN_RUN_DIRECTORY/request
answer_file=$TURN_RUN_DIRECTORY/answer

# ask WORD: the keeper's answer on standard output, 0 if it is a yes.
ask_keeper() {
  [ -d "$TURN_RUN_DIRECTORY" ] || { say "the relay does not run" && exit 69; }
  rm -f "$answer_file"
  printf '%s\n' "$1" | replace "$request_file" 0600
  patience=60
  until [ -s "$answer_file" ]; do
    patience=$((patience - 1))
    [ "$patience" -gt 0 ] || { rm -f "$request_file" && say "the relay does not answer: look at its log" && exit 69; }
    sleep 1
  done
  cat "$answer_file"
  grep -q '^ok' "$answer_file"
}

answer_request() {
  [ -s "$request_file" ] || return 0
  case $(cat "$request_file") in
    rotate) outcome=$(rotate_secret) || true ;;
    revoke) outcome=$(revoke_secrets) || true ;;
    *) outcome='no: rotate or revoke' ;;
  esac
  rm -f "$request_file"
  say "$outcome"
  printf '%s\n' "$outcome" | replace "$answer_file" 0600
}

rotate_when_due() {
  [ "$TURN_SECRET_LIFETIME" -gt 0 ] && [ ! -e "$previous_file" ] || return 0
  [ "$(age_of "$TURN_SECRET_FILE")" -ge "$TURN_SECRET_LIFETIME" ] || return 0
  say "$(rotate_secret || true)"
}

fingerprint_of_certificate() { [ ! -r "${TURN_CERTIFICATE:-/nowhere}" ] || cksum <"$TURN_CERTIFICATE"; }

# coturn reads certificate and key again on SIGUSR2. It cannot begin with TLS while it runs: where it started before the first
# certificate was there, it ends, and whoever keeps it running (Docker) starts it again.
watch_certificate() {
  now=$(fingerprint_of_certificate)
  [ -n "$now" ] && [ "$now" != "$seen_certificate" ] || return 0
  if [ -z "$seen_certificate" ]; then
    say "the certificate is there: starting again, with TLS"
    kill -TERM "$1"
  else
    say "a renewed certificate: taking it up"
    kill -USR2 "$1"
  fi
  seen_certificate=$now
}

# keep PROCESS: for as long as that runs.
keep() {
  while kill -0 "$1" 2>/dev/null; do
    answer_request
    retire_secret
    rotate_when_due
    watch_certificate "$1"
    sleep "$TURN_CHECK_SECONDS"
  done
}
