#!/bin/bash
# ctl.sh STATE_DIR DAEMON ACTION - acts on one daemon of a running cluster, to make
# faults. DAEMON: munged, mariadbd, slurmdbd, slurmctld, slurmd-n1, slurmd-n2, …,
# slurmrestd, slurmrestd-jwt.
# ACTION: stop (TERM and wait), kill (KILL and wait), pause, cont, start, restart, pid.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=testing/cluster/lib.sh
. "$HERE/lib.sh"
[ $# = 3 ] || die "usage: ctl.sh STATE_DIR DAEMON stop|kill|pause|cont|start|restart|pid" 2
STATE=$(realpath -m "$1")
NAME=$2
export SLURM_CONF="$STATE/etc/slurm.conf"
[ -e "$STATE/run/$NAME.cmd" ] || die "there is no daemon '$NAME' in $STATE" 2

running_pid() { pid_of "$NAME" || die "$NAME is not running"; }

start() {
  ! is_alive "$NAME" || die "$NAME already runs"
  local command
  # It does not take over the socket that another one left.
  [ "$NAME" != slurmrestd ] || rm -f "$STATE/rest/sock"
  eval "command=($(<"$STATE/run/$NAME.cmd"))"
  spawn "$NAME" "${command[@]}"
}

case $3 in
  pid) running_pid ;;
  stop) stop_daemon "$NAME" 20 ;;
  kill)
    pid=$(running_pid)
    kill -KILL "$pid"
    while is_alive "$NAME"; do sleep 0.02; done
    rm -f "$(pid_file "$NAME")"
    ;;
  pause) pid=$(running_pid) && kill -STOP "$pid" ;;
  cont) pid=$(running_pid) && kill -CONT "$pid" ;;
  start) start ;;
  restart) stop_daemon "$NAME" 20 && start ;;
  *) die "unknown action '$3'" 2 ;;
esac
