use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(
    db(postgres, sqlite, mysql),
    primary_key(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q),
    conflict_target(
        a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af, ag
    ),
    index(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, r)
)]
struct Many {
    a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64, i: i64, j: i64, k: i64, l: i64, m: i64, n: i64,
    o: i64, p: i64, q: i64, r: i64, s: i64, t: i64, u: i64, v: i64, w: i64, x: i64, y: i64, z: i64,
    aa: i64, ab: i64, ac: i64, ad: i64, ae: i64, af: i64, ag: i64,
}

fn main() {}
