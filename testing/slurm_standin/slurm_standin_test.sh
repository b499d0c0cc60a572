#!/bin/sh
exec python3 "$(dirname "$0")/slurm_standin_test.py"
