#!/bin/sh
# Prints the user-space instructions of one exchange: (run of 22,000 - run of 2,000) / 20,000, set-up cancels out.
set -eu
program=$1
count() {
    valgrind --tool=callgrind --callgrind-out-file=bench_net.%p.callgrind "$program" "$1" "$2" 2>bench_net.log &
    pid=$!
    wait $pid
    sed -n 's/^summary: //p; s/^totals: //p' "bench_net.$pid.callgrind" | tail -1
    rm -f bench_net.*.callgrind bench_net.log
}
for connections in 1 16 64; do
    few=$(count 2000 $connections)
    many=$(count 22000 $connections)
    echo "$connections connections: $(((many - few) / 20000)) instructions per exchange, libev and libc included"
done
