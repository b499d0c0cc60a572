#!/bin/bash
# The benches run to their end with few jobs.
set -euo pipefail
poll_bench=$1 standin=$2 store_bench=$3 delivery_bench=$4 api_bench=$5 smonsvc=$6

polls=$("$poll_bench" --standin="$standin" --jobs=600 --changed=20)
echo "$polls"
for line in "bare read" "first poll" "nothing changed" "20 jobs ended" "MB/s of cpu"; do
  grep -q "$line" <<<"$polls" || { echo "no line with '$line'"; exit 1; }
done

"$store_bench" --jobs=600 --finished=60000

"$delivery_bench" --jobs=50
"$delivery_bench" --jobs=20 --form=documented
rates=$("$delivery_bench" --minutes=0.05)
echo "$rates"
grep -q "^submit .* 0$" <<<"$rates" || { echo "a 429 in three seconds"; exit 1; }

api=$("$api_bench" --standin="$standin" --smonsvc="$smonsvc" --jobs=1500 --seconds=0.1 --idle=20 --watchers=5 --slow=5)
echo "$api"
for line in "GetJob .* ratio" "ListJobs, 100 a page JSON 64" "one reader: .* s: rss" "GetJob JSON 4"; do
  grep -q "$line" <<<"$api" || { echo "no line with '$line'"; exit 1; }
done
