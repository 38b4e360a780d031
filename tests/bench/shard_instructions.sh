#!/bin/sh
# Prints the user-space instructions of recording one good answer: callgrind's inclusive count of shard_record_request / calls.
set -eu
program=$1
samples=20000
for kind in closed open fresh; do
    valgrind --tool=callgrind --toggle-collect=shard_record_request --callgrind-out-file=bench_shard.callgrind \
        "$program" $samples $kind 2>bench_shard.log
    total=$(sed -n 's/^summary: //p; s/^totals: //p' bench_shard.callgrind | tail -1)
    echo "$kind: $((total / samples)) instructions per sample"
done
rm -f bench_shard.callgrind bench_shard.log
