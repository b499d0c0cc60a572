#!/bin/bash
# The stand-in as a program: its first line, its exit statuses, SIGTERM.
set -eu

binary=$1
out=$TEST_TMPDIR/out
# Bazel's own folder is too long a path for a socket.
socket_dir=$(mktemp -d /tmp/standin_test.XXXXXX)
socket=$socket_dir/s
pid=

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
trap '[ -z "$pid" ] || kill -KILL "$pid"; rm -rf "$socket_dir"' EXIT

for bad in --form=none --missing=maybe --port=70000 --fail_rate=2 \
  --latency_ms=-1 argument; do
  status=0
  "$binary" "$bad" >"$out" 2>&1 || status=$?
  [ "$status" -eq 2 ] || fail "$bad: exit status $status"
  grep -q '^attrsvc_standin: ' "$out" || fail "$bad: $(cat "$out")"
done

mkfifo "$TEST_TMPDIR/lines"
"$binary" --form=released --port=0 --unix_socket="$socket" \
  >"$TEST_TMPDIR/lines" &
pid=$!
exec 4<"$TEST_TMPDIR/lines"
read -r -t 60 -u 4 first
read -r -t 60 -u 4 second
[[ $first =~ ^listening\ on\ http://127\.0\.0\.1:([0-9]+)$ ]] || fail "$first"
port=${BASH_REMATCH[1]}
[ "$second" = "listening on unix://$socket" ] || fail "$second"

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
grep -q '"status":"ok"' <&3 || fail "no answer on port $port"

kill -TERM "$pid"
status=0
wait "$pid" || status=$?
pid=
[ "$status" -eq 0 ] || fail "exit status $status after SIGTERM"
[ ! -e "$socket" ] || fail "the socket is left behind"
