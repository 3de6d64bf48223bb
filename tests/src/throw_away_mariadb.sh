# A MariaDB server that lives as long as the standard input of this script stays open: as long as the test process,
# however that ends. Then the server is killed, by its process id, and its files are removed.
# $1: the folder to make for its files and its socket; $2: its program; the rest: options of the server.
set -eu
home=$1 program=$2
shift 2
mkdir -m 700 "$home"
trap 'rm -rf "$home"' EXIT
cd "$home"
# A server that starts removes what others have in the folder of temporary files.
mkdir tmp

# No disk is waited for. What a server that is killed has written is lost, but with --innodb-flush-log-at-trx-commit=2.
if ! mariadb-install-db --no-defaults --datadir="$home/data" --auth-root-authentication-method=normal --skip-name-resolve \
    --skip-test-db --innodb-flush-method=nosync --innodb-log-file-size=4M >log 2>&1; then
    cat log >&2
    exit 1
fi
start() {
    "$program" --no-defaults --datadir="$home/data" --tmpdir="$home/tmp" --socket="$home/socket" --pid-file="$home/pid" \
        --skip-networking --skip-log-bin --max-connections=300 --plugin-load-add=metadata_lock_info --debug-no-sync \
        --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
        --innodb-file-per-table=0 --innodb-stats-persistent=0 --innodb-buffer-pool-size=64M --key-buffer-size=1M \
        --aria-pagecache-buffer-size=4M "$@" >>log 2>&1 </dev/null &
    server=$!
}
start "$@"

# Each line is a wish for a server in place of one that was killed; until that is buried here, it looks alive to the next.
while read -r line; do
    wait "$server" 2>/dev/null || true
    start "$@"
done
kill -KILL "$server" 2>/dev/null || true
wait "$server" 2>/dev/null || true
