//! Each rule is broken by something, on the databases that have it.

use super::name::is_same_name;
use super::*;
use crate::schema::{ColumnType, EnumType, GeneratedColumn, Index, IndexOf, Origin, Sql};

const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql];
const NOWHERE: [bool; 3] = [true; 3];
const EVERYWHERE: [bool; 3] = [false; 3];

fn column(name: &str, column_type: ColumnType) -> Column<'_> {
    Column::new(name, column_type)
}

/// Where a rule is broken by what stands in a table of an integer key and a text.
fn broken(table: &TableSchema<'_>) -> [bool; 3] {
    verdicts(table, names_differ(table), [false; 3]).map(|passes| !passes)
}

#[test]
fn names_are_compared_as_the_database_does() {
    for (left, right, expected) in [
        ("id", "id", [true, true, true]),
        ("id", "ID", [false, true, true]),
        ("id", "idx", [false, false, false]),
        ("", "", [true, true, true]),
        ("Größe", "GRÖßE", [false, false, true]),
        ("größe", "grüße", [false, false, false]),
        ("é", "e", [false, false, false]),
        ("Ÿ", "ÿ", [false, false, true]),
        ("Άλφα", "άΛΦΑ", [false, false, true]),
        ("Жук", "жУК", [false, false, true]),
        ("x", "y", [false, false, false]),
    ] {
        assert_eq!(DIALECTS.map(|dialect| is_same_name(left, right, dialect)), expected, "{left} {right}");
    }
}

/// What is folded is folded by Rust too, and of the alphabets that are known nothing is left out.
#[test]
fn letters_are_folded_as_rust_folds_them() {
    let lower = |character: char| character.to_lowercase().to_string();
    let is_same = |left: char, right: char| is_same_name(&left.to_string(), &right.to_string(), Dialect::MySql);
    let letters = ('\u{80}'..='\u{2FFF}').filter(|character| character.is_alphabetic());
    let (mut folded, mut left) = (0, Vec::new());
    for character in letters {
        for distance in [1, 0x20, 0x25, 0x26, 0x30, 0x3F, 0x40, 0x50] {
            let other = char::from_u32(u32::from(character) + distance).expect("it is no surrogate");
            if is_same(character, other) {
                folded += 1;
                assert_eq!(lower(character), lower(other), "{character} and {other}");
            }
        }
        let lower = character.to_lowercase().next().expect("it has one");
        if lower != character && lower.len_utf8() == character.len_utf8() && !is_same(character, lower) {
            left.push(character);
        }
    }
    assert!(folded > 400, "{folded}");
    let known = ['\u{80}'..='\u{17E}', '\u{391}'..='\u{3AB}', '\u{400}'..='\u{52F}'];
    left.retain(|character| known.iter().any(|alphabet| alphabet.contains(character)));
    assert_eq!(left, Vec::<char>::new());
}

#[test]
fn each_rule_of_a_column_is_broken_by_something() {
    let (long, longer) = ("x".repeat(64), "x".repeat(65));
    let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
    assert_eq!(broken(&TableSchema::new("t", &ok, &[0])), EVERYWHERE);
    let with = |second: Column<'_>| {
        let columns = [ok[0], second];
        let table = TableSchema::new("t", &columns, &[0]);
        DIALECTS.map(|dialect| broken_by_column(&table, 1, dialect).is_some())
    };
    assert_eq!(with(column("", ColumnType::Text)), NOWHERE);
    assert_eq!(with(column("a\0", ColumnType::Text)), NOWHERE);
    assert_eq!(with(column(&long, ColumnType::Text)), [true, false, false]);
    assert_eq!(with(column(&longer, ColumnType::Text)), [true, false, true]);
    // 33 characters of two bytes each.
    assert_eq!(with(column(&"ä".repeat(33), ColumnType::Text)), [true, false, false]);
    assert_eq!(with(column("a ", ColumnType::Text)), [false, false, true]);
    assert_eq!(with(column("🦀", ColumnType::Text)), [false, false, true]);
    assert_eq!(with(column("ID", ColumnType::Text)), [false, true, true]);
    assert_eq!(with(column("xmin", ColumnType::Text)), [true, false, false]);
    assert_eq!(with(column("n", ColumnType::UnsignedBigInt)), [false, true, false]);
    assert_eq!(with(column("n", ColumnType::HugeInt)), [false, true, false]);
    let digits = Sql::NONE.sqlite("TEXT");
    assert_eq!(with(column("n", ColumnType::HugeInt).sql_types(digits)), EVERYWHERE);
    assert_eq!(with(column("n", ColumnType::Decimal)), [false, false, true]);
    assert_eq!(with(column("n", ColumnType::Decimal).sql_types(Sql::NONE.mysql("decimal(5, 2)"))), EVERYWHERE);
    assert_eq!(with(column("n", ColumnType::BigInt).max_len(3)), NOWHERE);
    assert_eq!(with(column("n", ColumnType::Text).max_len(0)), NOWHERE);
    assert_eq!(with(column("n", ColumnType::Text).max_len(20_000_000)), [true, false, false]);

    // A column of the type that is named is no longer than that says.
    for (max_len, postgres, mysql, expected) in [
        (20, "varchar(20)", "varchar(20)", EVERYWHERE),
        (21, "varchar(20)", "VARCHAR(40)", [true, false, false]),
        (21, "character varying(20)", "char(20)", [true, false, true]),
        (21, "text", "text", EVERYWHERE),
        (21, "varchar", "varchar()", EVERYWHERE),
        (21, "varchar(99999999999999999999)", "varchar(21", EVERYWHERE),
    ] {
        let sql = Sql::NONE.postgres(postgres).mysql(mysql);
        assert_eq!(with(column("n", ColumnType::Text).max_len(max_len).sql_types(sql)), expected, "{postgres} {mysql}");
    }

    let two_dimensional = ColumnType::Array(&ColumnType::Array(&ColumnType::Integer));
    assert_eq!(with(column("n", two_dimensional)), [true, false, false]);
    let blank = column("n", ColumnType::Text).enum_type(Some(EnumType::new(&["a ", "b"])));
    assert_eq!(with(blank), [false, false, true]);
    assert_eq!(with(blank.sql_types(Sql::NONE.mysql("varchar(2)"))), EVERYWHERE);
    let face = column("n", ColumnType::Text).enum_type(Some(EnumType::new(&["漢", "😀"])));
    assert_eq!(with(face), [false, false, true]);

    let identity = |column: Column<'static>| column.origin(Origin::RowOrIdentity);
    assert_eq!(with(identity(column("n", ColumnType::BigInt))), NOWHERE, "no row can be without it");
    assert_eq!(with(identity(column("n", ColumnType::Text).nullable(true))), NOWHERE);
    assert_eq!(with(identity(column("n", ColumnType::BigInt).nullable(true))), [false, true, true]);
}

#[test]
fn each_rule_of_a_table_is_broken_by_something() {
    let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
    let name = |name| {
        let table = TableSchema::new(name, &ok, &[0]);
        DIALECTS.map(|dialect| broken_by_table(&table, dialect).is_some())
    };
    assert_eq!(name("SQLite_x"), [false, true, false]);
    assert_eq!(name(&"x".repeat(64)), [true, false, false]);
    for (columns, expected) in [
        (1_017, EVERYWHERE),
        (1_018, [false, false, true]),
        (1_600, [false, false, true]),
        (1_601, [true, false, true]),
        (2_001, NOWHERE),
    ] {
        // So small that they have room in a row.
        let many = vec![column("flag", ColumnType::Bool); columns - 1];
        // Those that are generated count as well.
        let generated = [GeneratedColumn::new(ok[1], Sql::everywhere("1"))];
        let many = TableSchema::new("t", &many, &[0]).generated(&generated);
        assert_eq!(DIALECTS.map(|dialect| broken_by_table(&many, dialect).is_some()), expected, "{columns}");
    }
    let arrays = |columns| {
        let mut many = vec![column("flag", ColumnType::Bool); columns];
        many[7] = column("tags", ColumnType::Array(&ColumnType::Text));
        broken_by_table(&TableSchema::new("t", &many, &[0]), Dialect::Postgres).is_some()
    };
    assert_eq!([arrays(1_599), arrays(1_600)], [false, true], "rows with arrays are staged with their numbers");
    // What a row takes, whatever is in it.
    for (of, columns, expected) in [
        (column("n", ColumnType::BigInt), 990, EVERYWHERE),
        (column("n", ColumnType::BigInt), 1_016, [false, false, true]),
        (column("n", ColumnType::BigInt), 1_018, [true, false, true]),
        (column("n", ColumnType::BigInt).nullable(true), 1_018, [false, false, true]),
        (column("n", ColumnType::Uuid), 500, EVERYWHERE),
        (column("n", ColumnType::Uuid), 510, [true, false, true]),
        (column("n", ColumnType::Text), 190, EVERYWHERE),
        (column("n", ColumnType::Text), 195, [false, false, true]),
        (column("n", ColumnType::Text).max_len(5), 380, EVERYWHERE),
        (column("n", ColumnType::Text).max_len(5), 390, [false, false, true]),
    ] {
        let many = vec![of; columns];
        let many = TableSchema::new("t", &many, &[0]);
        let broken = DIALECTS.map(|dialect| broken_by_table(&many, dialect).is_some());
        assert_eq!(broken, expected, "{columns} of {:?}", of.column_type);
    }
    // Two texts of 4 bytes a character, and an integer beside them.
    let row_of = |characters| {
        let columns = [ok[0], ok[1].max_len(characters), ok[1].max_len(8_000)];
        broken_by_table(&TableSchema::new("t", &columns, &[0]), Dialect::MySql).is_some()
    };
    assert_eq!([row_of(8_300), row_of(8_400), row_of(16_001)], [false, true, false]);

    let wide = vec![ok[0]; 40];
    let positions: Vec<usize> = (0..33).collect();
    for (parts, expected) in
        [(16, EVERYWHERE), (17, [false, false, true]), (32, [false, false, true]), (33, [true, false, true])]
    {
        let of = &positions[..parts];
        for table in [TableSchema::new("t", &wide, of), TableSchema::new("t", &wide, &[0]).conflict_target(of)] {
            assert_eq!(DIALECTS.map(|dialect| broken_by_table(&table, dialect).is_some()), expected, "{parts}");
        }
        let index = [Index::new(IndexOf::Columns(of)).named("i")];
        let table = TableSchema::new("t", &wide, &[0]).indexes(&index);
        assert_eq!(DIALECTS.map(|dialect| broken_by_index(&table, 0, dialect).is_some()), expected, "{parts}");
    }
}

#[test]
fn each_rule_of_a_key_is_broken_by_something() {
    let key = |column: Column<'_>| {
        let columns = [column];
        broken(&TableSchema::new("t", &columns, &[0]))
    };
    assert_eq!(key(column("x", ColumnType::Double)), NOWHERE);
    assert_eq!(key(column("x", ColumnType::Json)), NOWHERE);
    assert_eq!(key(column("x", ColumnType::Array(&ColumnType::BigInt))), NOWHERE);
    assert_eq!(key(column("x", ColumnType::BigInt).nullable(true)), NOWHERE);
    assert_eq!(key(column("x", ColumnType::BigInt).nullable(true).origin(Origin::RowOrIdentity)), NOWHERE);
    assert_eq!(
        key(column("x", ColumnType::BigInt).nullable(true).origin(Origin::RowOrDefault(Sql::everywhere("1")))),
        NOWHERE
    );
    assert_eq!(key(column("x", ColumnType::Text)), [false, false, true]);
    assert_eq!(key(column("x", ColumnType::Text).max_len(768)), EVERYWHERE);
    assert_eq!(key(column("x", ColumnType::Text).max_len(769)), [false, false, true]);
    assert_eq!(key(column("x", ColumnType::Bytes)), [false, false, true]);
    assert_eq!(key(column("x", ColumnType::Text).longest(Some(1))), EVERYWHERE);
    assert_eq!(key(column("x", ColumnType::Bytes).longest(Some(32))), EVERYWHERE);
    assert_eq!(key(column("x", ColumnType::Bytes).max_len(3_072)), EVERYWHERE);
    assert_eq!(key(column("x", ColumnType::Text).enum_type(Some(EnumType::new(&["a"])))), EVERYWHERE);

    let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
    assert_eq!(broken(&TableSchema::new("t", &ok, &[])), NOWHERE);
    assert_eq!(broken(&TableSchema::new("t", &ok, &[2])), NOWHERE);
    assert_eq!(broken(&TableSchema::new("t", &ok, &[0]).conflict_target(&[])), NOWHERE);

    // By another key the row is found: then the database may give the primary key.
    let given = [
        column("id", ColumnType::BigInt).nullable(true).origin(Origin::RowOrIdentity),
        column("value", ColumnType::Text).max_len(9),
    ];
    assert_eq!(broken(&TableSchema::new("t", &given, &[0]).conflict_target(&[1])), EVERYWHERE);
    assert_eq!(broken(&TableSchema::new("t", &given, &[0, 1]).conflict_target(&[1])), [false, true, false]);
    assert_eq!(broken(&TableSchema::new("t", &given, &[1]).conflict_target(&[0])), NOWHERE);
    let nullable = [given[0].origin(Origin::Row), given[1]];
    assert_eq!(broken(&TableSchema::new("t", &nullable, &[0]).conflict_target(&[1])), NOWHERE);
}

#[test]
fn each_rule_of_an_index_is_broken_by_something() {
    let long = "x".repeat(60);
    let columns = [
        column("id", ColumnType::BigInt),
        column("value", ColumnType::Text).max_len(9),
        column("note", ColumnType::Text),
        column(&long, ColumnType::BigInt),
    ];
    let of = |index: Index<'_>| {
        let indexes = [index];
        broken(&TableSchema::new("t", &columns, &[0]).indexes(&indexes))
    };
    let on = |positions| Index::new(IndexOf::Columns(positions));
    assert_eq!(of(on(&[1])), EVERYWHERE);
    assert_eq!(of(on(&[4])), NOWHERE);
    assert_eq!(of(on(&[2])), [false, false, true], "text without a limit");
    assert_eq!(of(on(&[3])), [true, false, true], "its name would be t_xxx_idx");
    assert_eq!(of(on(&[3]).named("short")), EVERYWHERE);
    assert_eq!(of(on(&[1]).named(&"x".repeat(64))), [true, false, false]);
    assert_eq!(of(on(&[1]).named("sqlite_i")), [false, true, false]);
    assert_eq!(of(on(&[1]).predicate("id > 0")), [false, false, true]);
    assert_eq!(of(Index::unique(IndexOf::Expression("id + 1")).named("i")), [false, false, true]);
    assert_eq!(of(on(&[1]).named("Primary")), [false, false, true]);
    let same = [on(&[0]).named("i"), on(&[1]).named("I")];
    assert_eq!(broken(&TableSchema::new("t", &columns, &[0]).indexes(&same)), [false, true, true]);
}

#[test]
fn each_rule_of_a_generated_column_is_broken_by_something() {
    let columns = [column("id", ColumnType::BigInt)];
    let of = |name, expression| {
        let generated = [GeneratedColumn::new(column(name, ColumnType::BigInt), expression)];
        broken(&TableSchema::new("t", &columns, &[0]).generated(&generated))
    };
    assert_eq!(of("twice", Sql::everywhere("id * 2")), EVERYWHERE);
    assert_eq!(of("twice", Sql::NONE.sqlite("id * 2")), [true, false, true]);
    assert_eq!(of("ID", Sql::everywhere("id * 2")), [false, true, true]);
    assert_eq!(of("", Sql::everywhere("id * 2")), NOWHERE);
}

#[test]
fn a_flattened_struct_repeats_no_column() {
    let columns = ["a", "b", "a", "c"].map(|name| column(name, ColumnType::BigInt));
    let table = TableSchema::new("t", &columns, &[0]);
    let broken = [0, 1, 2, 3].map(|position| broken_by_flattened(&table, position, &(0..0), &[], None).is_some());
    assert_eq!(broken, [true, false, true, false]);
    // What is in another flattened struct is told there.
    assert_eq!(broken_by_flattened(&table, 0, &(0..1), &[1..2, 2..4], None), None);
    assert!(broken_by_flattened(&table, 0, &(0..1), &[1..2, 3..4], None).is_some());

    let columns = ["a", "b", "A", "c"].map(|name| column(name, ColumnType::BigInt));
    let table = TableSchema::new("t", &columns, &[0]);
    let broken =
        |dialect| [0, 1, 2, 3].map(|position| broken_by_flattened(&table, position, &(0..0), &[], dialect).is_some());
    assert_eq!(broken(None), [false; 4]);
    assert_eq!(broken(Some(Dialect::Postgres)), [false; 4]);
    assert_eq!(broken(Some(Dialect::Sqlite)), [true, false, true, false]);
    // A prefix parts them from others, and not from each other.
    let words = |group| broken_by_flattened(&table, 0, group, &[], Some(Dialect::Sqlite)).expect("it is broken");
    assert!(words(&(0..2)).contains("`prefix = "));
    assert!(words(&(0..3)).contains("`column = "));
    assert_eq!(broken(Some(Dialect::MySql)), [true, false, true, false]);
}

/// What is asked of a part is what is asked of the whole: the compiler and the plan refuse the same.
#[test]
fn parts_are_refused_as_the_whole_is() {
    let columns = [
        column("id", ColumnType::BigInt),
        column("text", ColumnType::Text),
        column("long", ColumnType::Text).max_len(800),
        column("number", ColumnType::UnsignedBigInt),
        column("identity", ColumnType::BigInt).nullable(true).origin(Origin::RowOrIdentity),
        column("xmin", ColumnType::BigInt),
    ];
    for key in [&[0][..], &[1], &[1, 0], &[2], &[4], &[4, 0], &[0, 4]] {
        for target in [None, Some(&[0][..]), Some(&[1])] {
            let table = TableSchema { conflict_target: target, ..TableSchema::new("t", &columns, key) };
            for (position, dialect) in (0..columns.len()).flat_map(|at| DIALECTS.map(|dialect| (at, dialect))) {
                let (column, standing) = (&columns[position], Standing::of(&table, position));
                let parts = [
                    broken_by_column_name(column.name, dialect),
                    broken_by_length(column),
                    broken_by_longest(column, dialect),
                    broken_by_origin(column),
                    broken_by_identity(column, standing.in_primary_key, dialect),
                    broken_by_type(column, &standing, dialect),
                    broken_by_sql_type(column, table.sqlite, dialect),
                ];
                let whole = broken_by_column(&table, position, dialect);
                assert_eq!(parts.into_iter().flatten().next(), whole, "{key:?} {target:?} {position} {dialect:?}");
                let in_key = broken_by_key_origin(column, standing.finds_rows).or(broken_by_key_type(column));
                let in_key = in_key.filter(|_| key.contains(&position) || table.key().contains(&position));
                assert_eq!(in_key, broken_by_key_position(&table, position), "{key:?} {target:?} {position}");
            }
            for dialect in DIALECTS {
                let own: Vec<Column<'_>> = table.primary_key.iter().map(|&position| columns[position]).collect();
                let whole = broken_by_table(&TableSchema::new("t", &columns, key), dialect);
                assert_eq!(broken_by_bytes_of(&own, dialect), whole, "{key:?} {dialect:?}");
            }
        }
    }
}
