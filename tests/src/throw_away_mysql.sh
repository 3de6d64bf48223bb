# A server of MySQL that lives as long as the standard input of this script stays open, as one of MariaDB does by
# `throw_away_mariadb.sh`. Then it is killed, by its process id, and its files are removed.
# $1: the folder to make for its files and its socket; $2: its program; the rest: options of the server.
set -eu
home=$1 program=$2
shift 2
mkdir -m 700 "$home"
trap 'rm -rf "$home"' EXIT
cd "$home"
mkdir tmp

# No disk is waited for. What a server that is killed has written is lost, but with --innodb-flush-log-at-trx-commit=2.
if ! "$program" --no-defaults --initialize-insecure --datadir="$home/data" --tmpdir="$home/tmp" --secure-file-priv=NULL \
    --innodb-flush-method=nosync --innodb-redo-log-capacity=8M --innodb-doublewrite=0 --auto-generate-certs=OFF \
    --caching-sha2-password-auto-generate-rsa-keys=OFF >log 2>&1; then
    cat log >&2
    exit 1
fi
start() {
    "$program" --no-defaults --datadir="$home/data" --tmpdir="$home/tmp" --socket="$home/socket" --pid-file="$home/pid" \
        --skip-networking --mysqlx=OFF --skip-log-bin --max-connections=300 --secure-file-priv=NULL \
        --auto-generate-certs=OFF --caching-sha2-password-auto-generate-rsa-keys=OFF \
        --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
        --innodb-stats-persistent=0 --innodb-buffer-pool-size=64M \
        --innodb-redo-log-capacity=8M --key-buffer-size=1M "$@" >>log 2>&1 </dev/null &
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
