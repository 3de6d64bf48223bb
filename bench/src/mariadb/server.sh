# A MariaDB server in its default configuration that lives as long as the standard input of this script stays open: as
# long as the benchmark, however that ends. Then it is stopped, by its process id, and its files are removed.
# $1: its program; $2: the folder to make for its files and its socket.
set -eu
program=$1 home=$2
mkdir -m 700 "$home"
trap 'rm -rf "$home"' EXIT
cd "$home"
# A server that starts removes what others have in the folder of temporary files.
mkdir tmp

if ! mariadb-install-db --no-defaults --datadir="$home/data" --auth-root-authentication-method=normal \
    --skip-name-resolve --skip-test-db >log 2>&1; then
    cat log >&2
    exit 1
fi
"$program" --no-defaults --datadir="$home/data" --tmpdir="$home/tmp" --socket="$home/socket" --pid-file="$home/pid" \
    --skip-networking >>log 2>&1 </dev/null &
server=$!

while read -r line; do :; done
kill -TERM "$server" || true
wait "$server" || true
