#!/bin/bash
# start.sh STATE_DIR - starts a private, real Slurm on this machine: munged,
# MariaDB, slurmdbd, slurmctld and some slurmds. See README.md.
#
# Everything lives below STATE_DIR; every listener is on loopback or a unix
# socket. Needs no root; as root, jobs may belong to any user. When it fails or
# is interrupted it stops what it had started. Options, by environment:
NODES=${NODES:-3}              # emulated nodes (2 to 30), a slurmd each; the last one is for preemption only
CPUS=${CPUS:-16}               # pretended CPUs of a node
NODE_MEM=${NODE_MEM:-16000}    # pretended memory of a node, MiB
MIN_JOB_AGE=${MIN_JOB_AGE:-20} # seconds that slurmctld keeps a job after its end (2 or more)
DBD=${DBD:-1}                  # 0: no accounting (no MariaDB, no slurmdbd)
REST=${REST:-0}                # 1: slurmrestd on STATE_DIR/rest/sock, and for tokens of `scontrol token` on 127.0.0.1:BASE_PORT+4
CGROUP=${CGROUP:-0}            # 1: cgroup v1 limits memory, for real OUT_OF_MEMORY; root only
CLUSTER=${CLUSTER:-test}       # ClusterName
EXTRA_CONF=${EXTRA_CONF:-}     # more lines for slurm.conf
JOIN=${JOIN:-}                 # STATE_DIR of a cluster that runs: this one, of another name, takes its munged and its slurmdbd
BASE_PORT=${BASE_PORT:-}       # ports BASE_PORT+1 to BASE_PORT+10+NODES; chosen free when not set
START_WAIT=${START_WAIT:-60}   # seconds that each daemon may take to be ready
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=testing/cluster/lib.sh
. "$HERE/lib.sh"
# shellcheck source=testing/cluster/config.sh
. "$HERE/config.sh"
[ $# = 1 ] || die "usage: start.sh STATE_DIR" 2
STATE=$(realpath -m "$1")
MUNGE=$STATE/munge/sock
if [ -n "$JOIN" ]; then
  JOIN=$(realpath -m "$JOIN")
  MUNGE=$JOIN/munge/sock
fi
unset SLURM_CONF

check_arguments() {
  local command missing='' wanted='munged slurmctld slurmd sbatch scontrol sinfo setsid'
  [ "$DBD" = 0 ] || [ -n "$JOIN" ] || wanted+=' mariadbd mariadb-install-db mariadb slurmdbd sacctmgr'
  [ "$REST" = 0 ] || wanted+=' slurmrestd setpriv'
  for command in $wanted; do
    command -v "$command" >/dev/null || missing+=" $command"
  done
  [ -z "$missing" ] || die "not installed:$missing (tools/install_deps installs them)" 2
  [ -z "$JOIN" ] || [ -f "$JOIN/etc/slurmdbd.conf" ] || die "JOIN: no cluster with slurmdbd in $JOIN" 2
  # A unix socket's path ends at 108 bytes.
  [ ${#STATE} -le 70 ] || die "STATE_DIR is longer than 70 characters: $STATE" 2
  [[ $NODES =~ ^[0-9]+$ && $NODES -ge 2 && $NODES -le 30 ]] || die "NODES=$NODES: wants 2 to 30" 2
  id -un >/dev/null 2>&1 || die "user id $(id -u) has no name in /etc/passwd, and Slurm wants one" 2
  local file name
  for file in "$STATE"/run/*.pid; do
    name=$(basename "$file" .pid)
    if is_alive "$name"; then die "$name already runs in $STATE" 2; fi
  done
}

is_loopback() { [[ $(getent ahostsv4 "$1" | awk '{print $1; exit}') == 127.* ]]; }  # HOST

# Slurm binds to loopback alone only where the host's name stands for 127.x. A
# container's name is often its outer address; there the daemons get a UTS
# namespace of their own, in which the host is called localhost.
find_host_name() {
  HOST=$(hostname -s 2>/dev/null || cat /proc/sys/kernel/hostname)
  COMMUNICATION=NoCtldInAddrAny,NoInAddrAny
  WRAP=()
  ! is_loopback "$HOST" || return 0
  if ! is_loopback 127.0.0.1; then
    # There is no other interface than loopback, so "all addresses" are harmless;
    # but getaddrinfo() as Slurm calls it (AI_ADDRCONFIG) then has no IPv4 address
    # for anything, unless it may look for IPv6 as well.
    COMMUNICATION=EnableIPv6
    return 0
  fi
  local rename='hostname localhost && exec "$@"'
  # In a user namespace root could not setgroups(), which slurmdbd insists on.
  local as_root=(unshare --uts sh -c "$rename" sh)
  local as_user=(unshare --user --map-current-user --keep-caps --uts sh -c "$rename" sh
    setpriv --inh-caps=-all --ambient-caps=-all)
  if is_loopback localhost && "${as_root[@]}" true 2>/dev/null; then
    WRAP=("${as_root[@]}")
  elif is_loopback localhost && [ "$(id -u)" != 0 ] && "${as_user[@]}" true 2>/dev/null; then
    WRAP=("${as_user[@]}")
  else
    COMMUNICATION=
    echo "start.sh: the host's name '$HOST' does not stand for a loopback address: Slurm listens on all of them" >&2
    return 0
  fi
  HOST=localhost
}

ports_are_free() {  # BASE
  local port pattern=''
  for ((port = $1 + 1; port <= $1 + 10 + NODES; port++)); do
    pattern+=$(printf '|%04X' "$port")
  done
  ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '{print $2}' | grep -qE ":(${pattern#|})\$"
}

# Takes ports below those that the kernel hands out. The lock is inherited by the
# daemons, so the range stays taken for as long as one of them lives, also while
# another one is down.
choose_ports() {
  local dir try candidate lock
  dir=/tmp/smon-cluster-ports.$(id -u)
  mkdir -p "$dir"
  for ((try = 0; try < 100; try++)); do
    candidate=${BASE_PORT:-$((20000 + RANDOM % 250 * 50))}
    exec {lock}>"$dir/$candidate"
    if flock -n "$lock" && ports_are_free "$candidate"; then
      BASE_PORT=$candidate
      return 0
    fi
    exec {lock}>&-
    [ -z "$BASE_PORT" ] || die "ports from BASE_PORT=$BASE_PORT on are in use"
  done
  die "found no free range of ports between 20000 and 32500"
}

start_munged() {
  (umask 077; head -c 1024 /dev/urandom >"$STATE/etc/munge.key")
  rm -f "$STATE/munge/sock" "$STATE/munge/sock.lock"
  spawn munged munged --foreground --key-file="$STATE/etc/munge.key" --socket="$STATE/munge/sock" \
    --pid-file="$STATE/munge/munged.pid" --log-file="$STATE/log/munged.log" \
    --seed-file="$STATE/munge/seed" --num-threads=4 --force
}

mariadb_root() { mariadb --no-defaults --socket="$STATE/run/mysql.sock" --user=root -e "$1"; }

start_mariadbd() {
  local user
  user=$(id -un)
  if [ ! -d "$STATE/mysql/mysql" ]; then
    # --force: without it, a host name that nothing resolves is an error.
    mariadb-install-db --no-defaults --force --datadir="$STATE/mysql" --user="$user" \
      --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
      >"$STATE/log/mariadb-install.log" 2>&1 || die "mariadb-install-db failed: see $STATE/log/mariadb-install.log"
    chmod 700 "$STATE/mysql"
  fi
  # utf8mb4, or sacct loses what latin1 does not have.
  spawn mariadbd mariadbd --no-defaults --user="$user" --datadir="$STATE/mysql" \
    --socket="$STATE/run/mysql.sock" --port=$((BASE_PORT + 3)) --bind-address=127.0.0.1 \
    --pid-file="$STATE/run/mariadbd.own" --tmpdir="$STATE/tmp" --skip-name-resolve \
    --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 \
    --innodb-flush-log-at-trx-commit=0 --sync-binlog=0 --skip-log-bin --performance-schema=OFF \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci
}

start_slurmdbd() {
  wait_until mariadbd "$START_WAIT" "mariadb_root 'select 1'"
  mariadb_root "
    create database if not exists slurm_acct;
    create user if not exists 'slurm'@'127.0.0.1' identified by 'slurm';
    grant all on slurm_acct.* to 'slurm'@'127.0.0.1';"
  write_slurmdbd_conf
  spawn slurmdbd "${WRAP[@]}" slurmdbd -D
  wait_until slurmdbd "$START_WAIT" "sacctmgr -n show cluster"
  if [ -z "$(sacctmgr -n -P show cluster format=cluster)" ]; then
    sacctmgr -i add cluster "$CLUSTER" >"$STATE/log/sacctmgr.out" 2>&1
  fi
}

start_slurm() {
  local i
  spawn slurmctld "${WRAP[@]}" slurmctld -D
  for ((i = 1; i <= NODES; i++)); do
    spawn "slurmd-n$i" "${WRAP[@]}" slurmd -D -N "n$i"
  done
  wait_until slurmctld "$START_WAIT" "scontrol ping | grep -q 'is UP'"
  for ((i = 1; i <= NODES; i++)); do
    wait_until "slurmd-n$i" "$START_WAIT" "[ \"\$(sinfo -h -n n$i -p batch,urgent -t idle -o %t)\" = idle ]"
  done
}

# Two of them: with SLURM_JWT set, slurmrestd has no use for munge, so that only
# callers with a token are served. It runs neither as root nor, but for
# disable_user_check, as SlurmUser.
start_slurmrestd() {
  local as=() who=nobody jwt_port=$((BASE_PORT + 4))
  if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid="$who" --regid="$(id -g "$who")" --clear-groups)
    chown "$who" "$STATE/rest"
  fi
  as+=(env SLURMRESTD_SECURITY=disable_user_check)
  [ "$DBD" = 1 ] || as+=(SLURMRESTD_OPENAPI_PLUGINS=v0.0.38)
  spawn slurmrestd "${as[@]}" slurmrestd -v "unix:$STATE/rest/sock"
  spawn slurmrestd-jwt "${as[@]}" SLURM_JWT=daemon slurmrestd -v "127.0.0.1:$jwt_port"
  wait_until slurmrestd "$START_WAIT" "[ -S '$STATE/rest/sock' ]"
  wait_until slurmrestd-jwt "$START_WAIT" ": <>/dev/tcp/127.0.0.1/$jwt_port"
}

check_arguments
begin=$(now_ms)
umask 022
mkdir -p "$STATE"/{etc,run,log,munge,tmp,spool/ctld}
chmod 755 "$STATE" "$STATE/munge" "$STATE/run"  # jobs of other users reach the munge socket
for ((i = 1; i <= NODES; i++)); do mkdir -p "$STATE/spool/n$i"; done

undo() {
  trap '' INT TERM HUP
  "$HERE/stop.sh" "$STATE" >&2 || true
  echo "start.sh: stopped again; logs are in $STATE/log" >&2
}
trap 'undo' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

find_host_name
choose_ports
export SLURM_CONF="$STATE/etc/slurm.conf"
printf 'export SLURM_CONF=%q PATH="%s:/usr/sbin"\n' "$SLURM_CONF" "\$PATH" >"$STATE/env.sh"
if [ "$REST" = 1 ]; then
  mkdir -p "$STATE/rest"
  (umask 077; head -c 32 /dev/urandom >"$STATE/etc/jwt.key")
fi
write_slurm_conf
if [ -n "$JOIN" ]; then
  sacctmgr -i add cluster "$CLUSTER" >"$STATE/log/sacctmgr.out" 2>&1
else
  start_munged
  if [ "$DBD" = 1 ]; then start_mariadbd; fi
  wait_until munged "$START_WAIT" "munge -n -S '$MUNGE'"
  if [ "$DBD" = 1 ]; then start_slurmdbd; fi
fi
start_slurm
if [ "$REST" = 1 ]; then start_slurmrestd; fi
trap - EXIT INT TERM HUP
echo "Slurm runs in $STATE ($NODES nodes, slurmctld on 127.0.0.1:$((BASE_PORT + 1))), started in $(($(now_ms) - begin)) ms"
