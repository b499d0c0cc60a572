#!/bin/bash
# The bench of smonctl's start runs to its end.
set -euo pipefail
table=$("$1" "$2" --runs=2)
echo "$table"
for line in "^help " "^version " "^health "; do
  grep -q "$line" <<<"$table" || { echo "no line with '$line'"; exit 1; }
done
