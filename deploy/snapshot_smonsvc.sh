#!/bin/bash
# snapshot_smonsvc.sh [HOST] [PORT] - appends /healthz and /stats to a file, again and again.
#
# HOST is localhost and PORT 8100 when not given. Each SNAPSHOT_INTERVAL (600)
# seconds, a line of JSON a page goes to SNAPSHOT_FILE (smonsvc_snapshots.jsonl):
#   {"time":"2025-01-31T12:00:00Z","path":"/healthz","status":200,"body":{…}}
# A service that does not answer has status 0 and the body null. SNAPSHOT_COUNT
# ends it after so many rounds; without it, it goes on until it is stopped.
set -euo pipefail

fail() { echo "snapshot_smonsvc.sh: $1" >&2; exit 2; }

case ${1:-} in
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
host=${1:-localhost} port=${2:-8100}
interval=${SNAPSHOT_INTERVAL:-600} count=${SNAPSHOT_COUNT:-0} file=${SNAPSHOT_FILE:-smonsvc_snapshots.jsonl}
[[ $port =~ ^[0-9]{1,5}$ ]] || fail "the port is a number, not '$port'"
[[ $interval =~ ^[0-9]+([.][0-9]+)?$ ]] || fail "SNAPSHOT_INTERVAL is a number of seconds, not '$interval'"
[[ $count =~ ^[0-9]+$ ]] || fail "SNAPSHOT_COUNT is a number, not '$count'"
command -v curl >/dev/null || fail "it needs curl"
[[ $host == *:* && $host != \[* ]] && host=[$host]

umask 077
body=$(mktemp)
trap 'rm -f "$body"' EXIT
trap 'exit 0' INT TERM

snapshot() {  # PATH
  local status
  : >"$body"
  # A byte that breaks off at 4 MiB is no page of smonsvc's.
  status=$(curl -s -o "$body" -w '%{http_code}' --max-time 30 --max-filesize 4194304 \
    ${SNAPSHOT_TOKEN_FILE:+-H "@$header"} "http://$host:$port$1") || true
  [[ -s $body ]] || echo null >"$body"
  # A proxy's page may be no JSON: one line, and a string then.
  if ! tr -d '\n' <"$body" | grep -q '^[{[]\|^null$'; then echo null >"$body"; fi
  printf '{"time":"%s","path":"%s","status":%d,"body":%s}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$((10#${status:-0}))" "$(tr -d '\n' <"$body")" >>"$file"
}

# A token must not be seen in the list of processes.
if [[ -n ${SNAPSHOT_TOKEN_FILE:-} ]]; then
  header=$(mktemp)
  trap 'rm -f "$body" "$header"' EXIT
  printf 'Authorization: Bearer %s\n' "$(<"$SNAPSHOT_TOKEN_FILE")" >"$header"
fi

for ((round = 1; ; round++)); do
  snapshot /healthz
  snapshot /stats
  [[ $count == 0 || $round -lt $count ]] || exit 0
  # In the background, so that a signal ends it at once.
  sleep "$interval" &
  wait $!
done
