#!/bin/bash
# The bench of lists runs to its end, and has a line for each format.
set -euo pipefail
table=$("$1" "$2" 3000)
echo "$table"
for format in jsonl json name csv table yaml; do
  grep -q "^$format " <<<"$table" || { echo "no line for '$format'"; exit 1; }
done
