#!/bin/sh
# What 100 derived structs of 10 fields cost the compiler: ours, diesel's (Insertable and AsChangeset) and sea-orm's.
#
#   bench/build_cost.sh [rounds]
#
# Dependencies are built first; then the crate with the structs alone is checked, and built, in turns. Prints medians.
set -eu

rounds=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
export CARGO_TARGET_DIR="$work/target" CARGO_INCREMENTAL=0

FIELDS='pub id: i64, pub a: i32, pub b: i64, pub c: String, pub d: Option<String>, pub e: f64, pub f: bool,
    pub g: Vec<u8>, pub h: Option<i64>, pub i: i16'
KINDS='upsert diesel sea_orm none'

# The crate of a kind, with a dependency and what one struct is, by its number.
crate() {
    mkdir -p "$work/$1/src"
    printf '[package]\nname = "cost_%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n%s\n\n[workspace]\n' \
        "$1" "$2" >"$work/$1/Cargo.toml"
    number=0
    while [ $number -lt 100 ]; do
        "$1" $number
        number=$((number + 1))
    done >"$work/$1/src/lib.rs"
}

upsert() {
    printf '#[derive(upsert::Upsertable)]\npub struct T%s { %s }\n' "$1" "#[upsert(primary_key)] $FIELDS"
}

diesel() {
    printf 'diesel::table! { t%s (id) { id -> BigInt, a -> Integer, b -> BigInt, c -> Text, d -> Nullable<Text>,
    e -> Double, f -> Bool, g -> Binary, h -> Nullable<BigInt>, i -> SmallInt, } }
#[derive(diesel::Insertable, diesel::AsChangeset)]\n#[diesel(table_name = t%s)]\npub struct T%s { %s }\n' \
        "$1" "$1" "$1" "$FIELDS"
}

sea_orm() {
    printf 'pub mod t%s {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n    #[sea_orm(table_name = "t%s")]
    pub struct Model { %s }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}\n' "$1" "$1" "#[sea_orm(primary_key)] $FIELDS"
}

# The same structs without a derive.
none() {
    printf 'pub struct T%s { %s }\n' "$1" "$FIELDS"
}

crate upsert "upsert = { path = \"$root\", features = [\"postgres\"] }"
crate diesel 'diesel = { version = "2.3", default-features = false, features = ["postgres_backend"] }'
crate sea_orm 'sea-orm = { version = "2.0", default-features = false, features = ["macros"] }'
crate none ''

for kind in $KINDS; do
    for how in check build; do
        cargo $how --quiet --manifest-path "$work/$kind/Cargo.toml"
    done
done

millis() {
    echo $(($(date +%s%N) / 1000000))
}

for round in $(seq "$rounds"); do
    for how in check build; do
        for kind in $KINDS; do
            touch "$work/$kind/src/lib.rs"
            started=$(millis)
            cargo $how --quiet --manifest-path "$work/$kind/Cargo.toml"
            echo $(($(millis) - started)) >>"$work/$how.$kind"
        done
    done
done

for how in check build; do
    for kind in $KINDS; do
        median=$(sort -n "$work/$how.$kind" | sed -n "$((rounds / 2 + 1))p")
        echo "figure build_cost_${how}_${kind}_ms $median"
    done
done
