# A PostgreSQL server that lives as long as the standard input of this script stays open: as long as the test process,
# however that ends. Then the server is stopped, by its process id, and its files are removed.
# $1: the folder to make for its files and its socket; $2: the folder of its programs; the rest: options of the server.
set -eu
home=$1 programs=$2
shift 2
mkdir -m 700 "$home"
trap 'rm -rf "$home"' EXIT
cd "$home"

if ! "$programs/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >log 2>&1; then
    cat log >&2
    exit 1
fi
start() {
    "$programs/postgres" -D data -c listen_addresses= -c unix_socket_directories="$home" -c max_connections=400 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=4GB "$@" >>log 2>&1 </dev/null &
    server=$!
}
start "$@"

# Each line is a wish for a server in place of one that was killed; until that is buried here, it looks alive to the next.
while read -r line; do
    wait "$server" 2>/dev/null || true
    start "$@"
done
kill -QUIT "$server" || true
wait "$server" || true
