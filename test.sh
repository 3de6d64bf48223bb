#!/bin/sh
# Runs every test: units, statement snapshots, UI tests of the derive, the shared suite once for each database, doc
# tests, examples; then the lints and the documentation's links. Installs what is missing when it may. Throw-away servers are started by the tests.
#
# UPSERT_MYSQLD=/usr/sbin/mysqld runs on that server of MySQL what else runs on MariaDB.
# UPSERT_CASES_FACTOR=100 draws a hundred times as many cases, UPSERT_SEED repeats a failure, UPSERT_LONG=1 streams
# 10 million rows and times the quickstart from nothing.
set -u
cd "$(dirname "$0")"

say() { printf '\n== %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
has_postgres() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_citext() { ls "$(pg_config --sharedir 2>/dev/null || echo /nowhere)"/extension/citext.control /usr/share/postgresql/*/extension/citext.control >/dev/null 2>&1; }
has_pgbouncer() { [ -x /usr/sbin/pgbouncer ] || [ -x /usr/bin/pgbouncer ]; }
has_mariadb() { { has mariadbd || [ -x /usr/sbin/mariadbd ] || [ -x /usr/local/sbin/mariadbd ]; } && has mariadb-install-db; }

# Installs packages of Debian. The tests start servers of their own: those of the packages stay down.
install() {
    policy=/usr/sbin/policy-rc.d ours=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=$policy
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
    [ -z "$ours" ] || rm -f "$ours"
}

missing=
has cc || missing="$missing gcc libc6-dev"
has_postgres && has_citext || missing="$missing postgresql postgresql-contrib"
has_pgbouncer || missing="$missing pgbouncer"
has_mariadb || missing="$missing mariadb-server"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && has apt-get; then
        say "installing$missing"
        # shellcheck disable=SC2086 # they are words
        install $missing
    fi
    if ! has cc || ! has_postgres || ! has_citext || ! has_pgbouncer || ! has_mariadb; then
        say "please install:$missing"
        exit 1
    fi
fi
if ! has cargo; then
    say "please install Rust: https://rustup.rs"
    exit 1
fi

UPSERT_FIGURES=$(mktemp)
export UPSERT_FIGURES
failed=

# Runs a step and remembers whether it failed; the others run all the same.
step() {
    name=$1
    shift
    say "$name: $*"
    "$@" || failed="$failed $name"
}

# Most tests wait for a server most of the time.
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((2 * $(nproc)))}
export RUST_TEST_THREADS

started=$(date +%s)
step build cargo test --workspace --no-run
echo "figure build_seconds $(($(date +%s) - started))" >>"$UPSERT_FIGURES"

# Most tests wait for a server most of the time. Meanwhile the compiler is asked: what the derives say about mistakes, the lints, the
# links of the documentation. It gives way to the tests.
COMPILER=every_mistake_is_one_error_at_its_token
ask_compiler() {
    name=$1
    shift
    say "$name: $*"
    "$@" || echo "$name" >>"$asked/failed"
}
asked=$(mktemp -d)
trap 'rm -rf "$UPSERT_FIGURES" "$asked"' EXIT
(
    # Not before the tests have been found to be built.
    sleep 20
    ask_compiler derive nice cargo test --workspace --test derive -- "$COMPILER"
    if cargo clippy --version >/dev/null 2>&1; then
        ask_compiler clippy nice cargo clippy --workspace --all-targets -- -D warnings
    else
        say "clippy was not run: rustup component add clippy"
        echo clippy >>"$asked/failed"
    fi
    ask_compiler docs env RUSTDOCFLAGS="-D warnings" nice cargo doc --quiet --workspace --no-deps
    echo "all were asked" >"$asked/ended"
) >"$asked/log" 2>&1 &
asking=$!

started=$(date +%s)
step tests cargo test --workspace --no-fail-fast -- --skip "$COMPILER"
echo "figure test_seconds $(($(date +%s) - started))" >>"$UPSERT_FIGURES"

wait "$asking" || true
cat "$asked/log"
[ -f "$asked/ended" ] || failed="$failed compiler"
[ ! -f "$asked/failed" ] || failed="$failed $(tr '\n' ' ' <"$asked/failed")"
step format cargo fmt --all --check
if has cargo-deny; then
    step deny cargo deny check
else
    say "cargo deny was not run, licences and advisories are unchecked: cargo install cargo-deny"
fi

if [ -n "${UPSERT_LONG:-}" ]; then
    cold=$(mktemp -d)
    started=$(date +%s)
    step quickstart env CARGO_TARGET_DIR="$cold" cargo run --release --example quickstart -- --database "sqlite:$cold/quickstart.sqlite"
    echo "figure quickstart_cold_seconds $(($(date +%s) - started))" >>"$UPSERT_FIGURES"
    rm -rf "$cold"
else
    say "not measured, because it takes long: the quickstart from nothing, and the memory of 1 and 10 million rows: UPSERT_LONG=1"
fi

say "figures"
sort "$UPSERT_FIGURES"
if [ -n "$failed" ]; then
    say "FAILED:$failed"
    exit 1
fi
say "all passed"
