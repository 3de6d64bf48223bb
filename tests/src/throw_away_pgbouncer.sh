# A PgBouncer that lives as long as the standard input of this script stays open: as long as the test process, however
# that ends. Then it is stopped, by its process id, and its files are removed.
# $1: the folder to make for its files and its socket; $2: the program; $3: the folder of the server's socket;
# $4: connections to the server.
set -eu
home=$1 program=$2 server=$3 connections=$4
mkdir -m 700 "$home"
trap 'rm -rf "$home"' EXIT
cd "$home"
cat >pgbouncer.ini <<EOF
[databases]
* = host=$server port=5432 user=postgres
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = $home
auth_type = any
pool_mode = transaction
default_pool_size = $connections
max_client_conn = 200
logfile = $home/log
pidfile = $home/pid
EOF
"$program" -q pgbouncer.ini </dev/null &
pooler=$!
cat >/dev/null
kill -TERM "$pooler" 2>/dev/null || true
wait "$pooler" || true
