#!/bin/bash
# stop.sh STATE_DIR - stops the cluster that start.sh started there, and what its
# jobs left running. May be repeated; does nothing where nothing runs.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=testing/cluster/lib.sh
. "$HERE/lib.sh"
[ $# = 1 ] || die "usage: stop.sh STATE_DIR" 2
STATE=$(realpath -m "$1")
[ -d "$STATE/run" ] || exit 0
export SLURM_CONF="$STATE/etc/slurm.conf"

# While the daemons can still do it: a slurmd that ends leaves its jobs running.
cancel_jobs() {
  local partition end
  is_alive slurmctld || return 0
  for partition in $(timeout 10 sinfo -h -o %R 2>/dev/null); do
    timeout 20 scancel --quiet --partition="$partition" 2>/dev/null || true
  done
  end=$(($(now_ms) + 10000))
  while [ -n "$(timeout 5 squeue -h -t R,S,CG -o %A 2>/dev/null)" ] && [ "$(now_ms)" -lt "$end" ]; do
    sleep 0.1
  done
}

# What slurmctld could not end: slurmstepds and processes of jobs. They are this
# cluster's when their environment has its SLURM_CONF, and a job's when it has a
# job id; a user's shell that sourced env.sh has none.
kill_job_processes() {
  local environ pid variables command
  for environ in /proc/[0-9]*/environ; do
    pid=${environ#/proc/}
    pid=${pid%/environ}
    [ "$pid" != $$ ] || continue
    variables=$(tr '\0' '\n' 2>/dev/null <"$environ") || continue
    grep -qxF "SLURM_CONF=$SLURM_CONF" <<<"$variables" || continue
    case "$(readlink "/proc/$pid/exe" 2>/dev/null)" in
      */slurmstepd*) ;;
      *) grep -q '^SLURM_JOB_ID=' <<<"$variables" || continue ;;
    esac
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | cut -c1-80) || continue
    echo "stop.sh: left by a job: $command($pid): KILL" >&2
    kill -KILL "$pid" 2>/dev/null || true
  done
}

remove_cgroups() {  # that slurmd made and leaves behind, empty
  local file group
  grep -qs CgroupMountpoint "$STATE/etc/cgroup.conf" || return 0
  for file in "$STATE"/run/slurmd-*.cmd; do
    file=${file##*/slurmd-}
    for group in /sys/fs/cgroup/*/slurm_"${file%.cmd}"; do
      [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
  done
}

# A paused one would let each command below wait for its time-out.
for file in "$STATE"/run/*.pid; do
  if pid=$(pid_of "$(basename "$file" .pid)"); then kill -CONT "$pid" || true; fi
done
cancel_jobs
stop_daemon slurmrestd-jwt 10
stop_daemon slurmrestd 10
stop_daemon slurmctld 10
for file in "$STATE"/run/slurmd-*.pid; do
  [ -e "$file" ] || continue
  stop_daemon "$(basename "$file" .pid)" 5
done
kill_job_processes
for daemon in slurmdbd mariadbd munged; do stop_daemon "$daemon" 20; done
rm -f "$STATE"/run/*.own "$STATE"/munge/sock "$STATE"/munge/sock.lock "$STATE"/rest/sock
remove_cgroups
