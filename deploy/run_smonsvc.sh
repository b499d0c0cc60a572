#!/bin/bash
# run_smonsvc.sh [OUTPUT_DIR] [SMONSVC ARGUMENTS] - starts smonsvc in the background.
#
# Log, pid file and store go to OUTPUT_DIR (~/nvrx_logs). Returns when /healthz
# answers, and prints where everything is; status 1, and the log's end, when
# smonsvc does not start. Settings come from NVRX_SMONSVC_… in the environment;
# NVRX_SMONSVC_PORT is 8100 when it is not set. SMONSVC names the program, when
# it is not in PATH. To stop it:  kill "$(cat OUTPUT_DIR/smonsvc.pid)"
set -euo pipefail

fail() { echo "run_smonsvc.sh: $1" >&2; exit "${2:-1}"; }

case ${1:-} in
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
dir=$HOME/nvrx_logs
if [[ $# -gt 0 && $1 != -* ]]; then dir=$1; shift; fi
program=${SMONSVC:-$(command -v smonsvc || command -v nvrx-smonsvc || true)}
[[ -n $program ]] || fail "no smonsvc in PATH; install it, or set SMONSVC to its path"
command -v curl >/dev/null || fail "it needs curl"

# Those of this service only: the log tells paths and users.
umask 077
mkdir -p "$dir" || fail "cannot make $dir"
dir=$(cd "$dir" && pwd)
log=$dir/smonsvc.log pid_file=$dir/smonsvc.pid
if [[ -s $pid_file ]] && pid=$(<"$pid_file") && [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == "$(readlink -f "$program")" ]]; then
  fail "smonsvc runs already, pid $pid; stop it with:  kill $pid"
fi

export NVRX_SMONSVC_PORT=${NVRX_SMONSVC_PORT:-8100}
export NVRX_SMONSVC_STORE=${NVRX_SMONSVC_STORE:-sqlite://$dir/smon.db}
host=${NVRX_SMONSVC_HOST:-127.0.0.1}
# Where it listens on all addresses, this host is one of them.
case $host in 0.0.0.0 | "*") host=127.0.0.1 ;; ::) host="[::1]" ;; esac
url=http://$host:$NVRX_SMONSVC_PORT

attrsvc=${NVRX_SMONSVC_ATTRSVC_URL:-${NVRX_ATTRSVC_ENDPOINT:-${NVRX_ATTRSVC_URL:-http://localhost:8000}}}
reachable() {  # any answer counts, also a 404
  case $attrsvc in
    unix://*) curl -s -o /dev/null --max-time 5 --unix-socket "${attrsvc#unix://}" http://localhost/healthz ;;
    /*) curl -s -o /dev/null --max-time 5 --unix-socket "$attrsvc" http://localhost/healthz ;;
    *) curl -s -o /dev/null --max-time 5 "${attrsvc%/}/healthz" ;;
  esac
}
reachable || echo "run_smonsvc.sh: attrsvc does not answer at $attrsvc; logs wait until it does" >&2

if curl -s -o /dev/null --max-time 5 "$url/healthz"; then
  fail "something answers at $url already; set NVRX_SMONSVC_PORT to another port"
fi

nohup "$program" "$@" </dev/null >>"$log" 2>&1 &
pid=$!
echo "$pid" >"$pid_file"

# Any status: degraded is up.
for ((i = 0; i < 300; i++)); do
  if curl -s -o /dev/null --max-time 5 "$url/healthz" && kill -0 "$pid" 2>/dev/null; then
    cat <<END
smonsvc runs, pid $pid
  log      $log
  pid file $pid_file
  store    $NVRX_SMONSVC_STORE
  HTTP     $url  (/healthz /stats /jobs)
  attrsvc  $attrsvc
END
    exit 0
  fi
  if ! kill -0 "$pid" 2>/dev/null; then
    rm -f "$pid_file"
    tail -n 5 "$log" >&2
    fail "smonsvc has ended; its log is $log"
  fi
  sleep 0.2
done
fail "smonsvc, pid $pid, does not answer at $url/healthz; its log is $log"
