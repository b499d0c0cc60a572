#!/usr/bin/env python3
"""store_postgres_bench.py STORE_BENCH [ARGUMENTS] - the Store on a PostgreSQL of its own.

Starts one (Debian's package postgresql) in a new directory, runs store_bench on it with the
arguments, prints what the tables take on the disk, and removes it. Commits are durable.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from testing.postgres import Postgres  # noqa: E402

# Of a server for which the defaults are too small, as each is.
SETTINGS = ["shared_buffers = '512MB'", "max_wal_size = '4GB'"]

SIZES = """
    SELECT rpad(schemaname || '.' || relname, 28) || lpad(n_live_tup::text, 9)
      || lpad((pg_table_size(relid) / 1000000)::text, 9) || lpad((pg_indexes_size(relid) / 1000000)::text, 9)
    FROM pg_stat_user_tables WHERE n_live_tup > 1000 ORDER BY pg_total_relation_size(relid) DESC"""


def main():
    bench, *arguments = sys.argv[1:]
    with Postgres() as postgres:
        for setting in SETTINGS:
            postgres.execute("ALTER SYSTEM SET " + setting)
        postgres.crash()
        postgres.start()
        for schema in ["bench_live", "bench_finished"]:
            postgres.execute("CREATE SCHEMA " + schema)
        flags = ["--store=" + postgres.url, "--server_pid=%d" % postgres.process.pid]
        status = subprocess.call([bench, *flags, *arguments])
        print("\n%-28s%9s%9s%9s" % ("table", "rows", "MB", "index MB"))
        print(postgres.execute(SIZES))
    return status


if __name__ == "__main__":
    sys.exit(main())
