#!/usr/bin/env python3
"""smonctl_bench.py SMONCTL [--runs=N] - how long smonctl takes to start, to connect and to end.

"help" and "version" ask nobody; "health" asks a port where nobody listens, which is all of
gRPC's start. Wall is what a user or a hook waits for; cpu is the process's own time.
"""

import argparse
import os
import socket
import subprocess
import time

CASES = [
    ("help", ["--help"], 0),
    ("version", ["version", "--client"], 0),
    ("health", ["health"], 5),
]


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


def run(argv, expected):
    """(wall, cpu) in milliseconds."""
    before = os.times()
    start = time.monotonic()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True)
    wall = time.monotonic() - start
    after = os.times()
    if done.returncode != expected:
        raise SystemExit("%s: exit status %d: %s" % (argv, done.returncode, done.stderr.decode()))
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return 1000 * wall, 1000 * cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("smonctl")
    parser.add_argument("--runs", type=int, default=50)
    args = parser.parse_args()
    address = free_address()
    print("%-10s %8s %8s %8s %8s" % ("smonctl", "p50 ms", "p95 ms", "best ms", "cpu ms"))
    for name, words, expected in CASES:
        runs = [run([args.smonctl, "--address=" + address, *words], expected) for _ in range(args.runs)]
        walls = sorted(wall for wall, _ in runs)
        print(
            "%-10s %8.1f %8.1f %8.1f %8.1f"
            % (
                name,
                walls[len(walls) // 2],
                walls[min(len(walls) - 1, len(walls) * 95 // 100)],
                walls[0],
                sum(cpu for _, cpu in runs) / len(runs),
            )
        )


if __name__ == "__main__":
    main()
