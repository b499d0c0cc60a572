# shellcheck shell=bash
# Processes that are known by a note of pid and start time, so that no stranger
# who got the same pid later is ever signalled. Sourced by start.sh, stop.sh and
# ctl.sh, which set STATE, the cluster's folder.

die() {  # MESSAGE [STATUS]
  echo "${0##*/}: $1" >&2
  exit "${2:-1}"
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# Start time of a process in clock ticks since boot (field 22 of proc(5) stat);
# empty when it is gone or only waits to be reaped.
start_time_of() {  # PID
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
  read -ra fields <<<"${stat##*) }"  # the name before may hold blanks
  [ "${fields[0]}" = Z ] || echo "${fields[19]}"
}

pid_file() { echo "$STATE/run/$1.pid"; }

# Prints the pid of a daemon that is alive; fails when it is not.
pid_of() {  # NAME
  local pid start file
  file=$(pid_file "$1")
  [ -s "$file" ] && read -r pid start <"$file" || return 1
  [ -n "$start" ] && [ "$(start_time_of "$pid")" = "$start" ] && echo "$pid"
}

is_alive() { pid_of "$1" >/dev/null; }  # NAME

# Starts a daemon in a session of its own and notes who it is. A signal that
# comes between the two would leave a process that nobody knows, so it waits.
spawn() {  # NAME COMMAND...
  local name=$1 stopped_by='' traps
  shift
  printf '%q ' "$@" >"$STATE/run/$name.cmd"
  traps=$(trap -p INT TERM HUP)
  trap 'stopped_by=INT' INT
  trap 'stopped_by=TERM' TERM HUP
  setsid "$@" </dev/null >>"$STATE/log/$name.out" 2>&1 &
  echo "$! $(start_time_of $!)" >"$(pid_file "$name")"
  eval "${traps:-trap - INT TERM HUP}"
  [ -z "$stopped_by" ] || kill -s "$stopped_by" $$
}

# Polls a shell condition until it holds; fails when the daemon has died or its
# time is over.
wait_until() {  # NAME SECONDS CONDITION
  local name=$1 end=$(($(now_ms) + $2 * 1000))
  until (eval "$3") >/dev/null 2>>"$STATE/log/wait.err"; do
    if [ -e "$(pid_file "$name")" ] && ! is_alive "$name"; then
      echo "${0##*/}: $name ended:" >&2
      cat "$STATE/log/$name.out" "$STATE/log/$name.log" 2>/dev/null | tail -5 >&2
      return 1
    fi
    if [ "$(now_ms)" -ge "$end" ]; then
      echo "${0##*/}: $name is not ready after $2 s" >&2
      return 1
    fi
    sleep 0.05
  done
}

# TERM, then KILL. CONT, because a paused process would not hear the TERM.
stop_daemon() {  # NAME SECONDS
  local pid deadline=$(($(now_ms) + $2 * 1000))
  if pid=$(pid_of "$1"); then
    kill -TERM "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true
    while is_alive "$1" && [ "$(now_ms)" -lt "$deadline" ]; do sleep 0.05; done
    if is_alive "$1"; then
      echo "${0##*/}: $1 ($pid) did not end within $2 s: KILL" >&2
      kill -KILL "$pid" 2>/dev/null || true
      while is_alive "$1"; do sleep 0.02; done
    fi
  fi
  rm -f "$(pid_file "$1")"
}
