//! What `#[derive(Upsertable)]` makes of a struct.

// The lints of a strict crate: generated code must not be what breaks it.
#![deny(
    missing_docs,
    nonstandard_style,
    unused_qualifications,
    deprecated,
    unused,
    unreachable_pub,
    dead_code,
    clippy::all,
    clippy::pedantic
)]
#![allow(clippy::option_option, clippy::struct_field_names)] // what the structs of these tests do on purpose

mod wide;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use upsert::schema::{ColumnType, TableSchema, Update};
use upsert::value::Value;
use upsert::{ColumnValue, KeyValue, Upsertable};

fn shown<T: Upsertable>() -> String {
    T::SCHEMA.to_string()
}

fn column_names<T: Upsertable>() -> Vec<&'static str> {
    T::SCHEMA.columns.iter().map(|column| column.name).collect()
}

fn values<T: Upsertable>(row: &T) -> Vec<Value<'_>> {
    (0..T::SCHEMA.columns.len()).map(|column| row.value(column)).collect()
}

#[test]
fn a_struct_is_a_table() {
    #[derive(Upsertable)]
    struct WeatherStation {
        #[upsert(primary_key)]
        id: i64,
        name: Option<String>,
        #[upsert(update = never)]
        first_seen: i32,
    }

    assert_eq!(
        shown::<WeatherStation>(),
        "weather_station (\n    id bigint,\n    name text null,\n    first_seen integer update never,\n    primary key (id)\n)"
    );
    let row = WeatherStation { id: 7, name: None, first_seen: 1 };
    assert_eq!(values(&row), [Value::BigInt(7), Value::Null, Value::Integer(1)]);
    assert_eq!(row.size(), 8 + 4);
}

#[test]
fn every_attribute_is_heard() {
    #[derive(Upsertable)]
    #[upsert(table = "users", schema = "app")]
    #[upsert(rename_all = "camelCase")]
    #[upsert(primary_key(user_id, org))]
    struct User {
        org: i16,
        user_id: i64,
        #[upsert(column = "e_mail")]
        email: String,
        #[upsert(rename = "Full Name \"x\"", update = never)]
        full_name: String,
        first_seen: bool,
        #[upsert(skip)]
        cache: Vec<Option<String>>,
    }

    assert_eq!(User::SCHEMA.schema, Some("app"));
    assert_eq!(User::SCHEMA.table, "users");
    assert_eq!(column_names::<User>(), ["org", "userId", "e_mail", "Full Name \"x\"", "firstSeen"]);
    assert_eq!(User::SCHEMA.primary_key, [1, 0]);
    assert_eq!(User::SCHEMA.columns[3].update, Update::Never);
    assert_eq!(User::SCHEMA.columns[4].update, Update::Always);

    let row =
        User { org: 1, user_id: 2, email: "e".into(), full_name: "f".into(), first_seen: true, cache: vec![None] };
    assert_eq!(
        values(&row),
        [Value::SmallInt(1), Value::BigInt(2), Value::Text("e".into()), Value::Text("f".into()), Value::Bool(true)]
    );
    assert_eq!(row.cache.len(), 1);
}

#[test]
fn columns_are_named_by_their_fields() {
    #[derive(Upsertable)]
    #[upsert(rename_all = "SCREAMING-KEBAB-CASE")]
    struct User {
        #[upsert(skip)]
        _cache: (),
        #[upsert(primary_key)]
        user_id: i64,
        #[upsert(column = "e_mail")]
        email: String,
    }

    assert_eq!(User::COL.user_id.name(), "USER-ID");
    assert_eq!(User::COL.email.name(), "e_mail");
    assert_ne!(User::COL.user_id, User::COL.email);
    let row = User { _cache: (), user_id: 1, email: "e".into() };
    assert_eq!(values(&row), [Value::BigInt(1), Value::Text("e".into())]);
}

#[test]
fn a_key_marked_on_fields_has_the_order_of_the_fields() {
    #[derive(Upsertable)]
    struct Observation {
        temperature: f64,
        #[upsert(primary_key)]
        origin: String,
        #[upsert(primary_key, column = "time_hour")]
        at: DateTime<Utc>,
    }

    assert_eq!(Observation::SCHEMA.primary_key, [1, 2]);
    let at = DateTime::from_timestamp_micros(5).unwrap();
    let row = Observation { temperature: 1.5, origin: "JFK".into(), at };
    assert_eq!(row.value(0), Value::Double(1.5));
}

#[test]
fn every_kind_of_field_is_a_column() {
    #[derive(Upsertable)]
    struct All<'a> {
        #[upsert(primary_key)]
        id: uuid::Uuid,
        boolean: bool,
        tiny: i8,
        unsigned_tiny: u8,
        small: i16,
        unsigned_small: u16,
        integer: i32,
        unsigned: u32,
        big: i64,
        real: f32,
        double: f64,
        string: String,
        text: &'a str,
        cow: Cow<'a, str>,
        bytes: Vec<u8>,
        slice: &'a [u8],
        array: [u8; 4],
        date: NaiveDate,
        time: NaiveTime,
        naive: NaiveDateTime,
        instant: DateTime<Utc>,
        json: serde_json::Value,
        nothing: Option<i32>,
        maybe: Option<&'a str>,
    }

    use ColumnType as T;
    let types: Vec<ColumnType> = All::SCHEMA.columns.iter().map(|column| column.column_type).collect();
    assert_eq!(
        types,
        [
            T::Uuid,
            T::Bool,
            T::SmallInt,
            T::SmallInt,
            T::SmallInt,
            T::Integer,
            T::Integer,
            T::BigInt,
            T::BigInt,
            T::Real,
            T::Double,
            T::Text,
            T::Text,
            T::Text,
            T::Bytes,
            T::Bytes,
            T::Bytes,
            T::Date,
            T::Time,
            T::Timestamp,
            T::TimestampTz,
            T::Json,
            T::Integer,
            T::Text,
        ]
    );
    let nullable: Vec<&str> =
        All::SCHEMA.columns.iter().filter(|column| column.nullable).map(|column| column.name).collect();
    assert_eq!(nullable, ["nothing", "maybe"]);

    let instant = DateTime::from_timestamp_micros(1_000_001).unwrap();
    let row = All {
        id: uuid::Uuid::nil(),
        boolean: true,
        tiny: -1,
        unsigned_tiny: 1,
        small: 2,
        unsigned_small: 3,
        integer: 4,
        unsigned: 5,
        big: 6,
        real: 0.5,
        double: 0.25,
        string: "s".into(),
        text: "t",
        cow: Cow::Borrowed("c"),
        bytes: vec![1],
        slice: &[2],
        array: [3; 4],
        date: instant.date_naive(),
        time: instant.time(),
        naive: instant.naive_utc(),
        instant,
        json: serde_json::Value::Null,
        nothing: None,
        maybe: Some("m"),
    };
    let values = values(&row);
    assert_eq!(values[11..=13], [Value::Text("s".into()), Value::Text("t".into()), Value::Text("c".into())]);
    assert_eq!(values[22..], [Value::Null, Value::Text("m".into())]);
    assert!(row.size() > 100);
}

#[test]
fn rename_all_knows_the_cases_of_serde() {
    macro_rules! renamed {
        ($case:literal) => {{
            #[derive(Upsertable)]
            #[upsert(rename_all = $case)]
            struct Row {
                #[upsert(primary_key)]
                first_seen: i64,
            }
            assert_eq!(Row { first_seen: 1 }.value(0), Value::BigInt(1));
            Row::COL.first_seen.name()
        }};
    }

    assert_eq!(renamed!("lowercase"), "first_seen");
    assert_eq!(renamed!("UPPERCASE"), "FIRST_SEEN");
    assert_eq!(renamed!("PascalCase"), "FirstSeen");
    assert_eq!(renamed!("camelCase"), "firstSeen");
    assert_eq!(renamed!("snake_case"), "first_seen");
    assert_eq!(renamed!("SCREAMING_SNAKE_CASE"), "FIRST_SEEN");
    assert_eq!(renamed!("kebab-case"), "first-seen");
    assert_eq!(renamed!("SCREAMING-KEBAB-CASE"), "FIRST-SEEN");
}

#[test]
fn raw_identifiers_lose_their_prefix() {
    #[derive(Upsertable)]
    #[upsert(primary_key(r#type, r#match))]
    #[expect(non_camel_case_types)]
    struct r#struct {
        r#type: i64,
        r#match: i64,
        r#fn: Option<i64>,
    }

    assert_eq!(r#struct::SCHEMA.table, "struct");
    assert_eq!(column_names::<r#struct>(), ["type", "match", "fn"]);
    assert_eq!(r#struct::COL.r#type.name(), "type");
    assert_eq!(r#struct { r#type: 1, r#match: 2, r#fn: None }.value(1), Value::BigInt(2));
}

#[test]
fn borrowed_rows_need_no_bounds() {
    #[derive(Upsertable)]
    struct Row<'a, 'b: 'a> {
        #[upsert(primary_key)]
        name: &'a str,
        body: Option<&'b [u8]>,
    }

    let name = String::from("n");
    let row = Row { name: &name, body: Some(b"b") };
    assert_eq!(values(&row), [Value::Text("n".into()), Value::Bytes(Cow::Borrowed(b"b"))]);
}

/// Generic structs: with the bounds they need, and with none.
mod generic {
    use super::*;

    #[derive(Upsertable)]
    #[upsert(table = "bare")]
    pub(super) struct Bare<K, V = i64, const N: usize = 2> {
        #[upsert(primary_key)]
        pub(super) key: K,
        pub(super) hash: [u8; N],
        pub(super) value: Option<V>,
    }

    #[derive(Upsertable)]
    pub(super) struct Bounded<'a, T: KeyValue + Send + Sync + ?Sized>
    where
        &'a T: Clone,
    {
        #[upsert(primary_key)]
        pub(super) key: &'a T,
        #[upsert(skip)]
        pub(super) seen: bool,
    }

    pub(super) trait Family {
        type Id;
    }

    pub(super) struct Numbers;

    impl Family for Numbers {
        type Id = i32;
    }

    #[derive(Upsertable)]
    pub(super) struct Member<F: Family> {
        #[upsert(primary_key)]
        pub(super) id: F::Id,
    }

    #[test]
    fn they_are_rows_where_their_fields_fit() {
        let row = Bare::<String, f64> { key: "k".into(), hash: [1, 2], value: Some(0.5) };
        assert_eq!(values(&row), [Value::Text("k".into()), Value::Bytes(Cow::Borrowed(&[1, 2])), Value::Double(0.5)]);
        assert_eq!(
            shown::<Bare<i16>>(),
            "bare (\n    key smallint,\n    hash bytes,\n    value bigint null,\n    primary key (key)\n)"
        );
        let row = Bounded { key: "borrowed", seen: true };
        assert_eq!(values(&row), [Value::Text("borrowed".into())]);
        assert!(row.seen);
        assert_eq!(values(&Member::<Numbers> { id: 3 }), [Value::Integer(3)]);
    }

    #[test]
    fn they_are_rows_in_generic_code() {
        fn first<T: KeyValue + Send + Sync>(key: T) -> usize {
            Bare::<T> { key, hash: [0; 2], value: None }.size()
        }

        assert_eq!(first(1_i64), 8 + 2);
    }
}

/// Names of the user's crate that generated code could take for others.
mod hygiene {
    use upsert::Upsertable as Derive;

    /// Nothing of the prelude means what it usually does.
    mod shadowed {
        #![allow(dead_code)]

        #[derive(super::Derive)]
        pub(super) struct Option {
            #[upsert(primary_key)]
            pub(super) self_: i64,
            pub(super) column: i64,
            pub(super) value: i64,
            pub(super) size: i64,
            pub(super) private: std::option::Option<i64>,
        }

        #[derive(super::Derive)]
        struct Result {
            #[upsert(primary_key)]
            id: i64,
        }

        #[derive(super::Derive)]
        struct String {
            #[upsert(primary_key)]
            id: i64,
        }

        #[derive(super::Derive)]
        struct Vec {
            #[upsert(primary_key)]
            id: std::string::String,
        }

        #[derive(super::Derive)]
        struct Some {
            #[upsert(primary_key)]
            id: i64,
        }

        #[derive(super::Derive)]
        struct Upsertable {
            #[upsert(primary_key)]
            id: i64,
        }

        trait Send {}
        trait Sync {}
        trait Sized {}
        struct Value;
        struct TableSchema;
        struct ColumnRef;
        mod upsert {}
        mod core {}

        #[derive(super::Derive)]
        struct Generic<T> {
            #[upsert(primary_key)]
            id: T,
        }

        #[allow(non_camel_case_types)]
        struct usize;
        #[allow(non_camel_case_types)]
        struct str;

        #[derive(super::Derive)]
        struct Primitive {
            #[upsert(primary_key)]
            id: i64,
        }

        use std::string::String as Columns;

        #[derive(super::Derive)]
        pub(super) struct Row {
            #[upsert(primary_key)]
            pub(super) id: Columns,
        }

        pub(super) type RowColumns = std::string::String;
    }

    #[derive(Derive)]
    struct Row {
        #[upsert(primary_key)]
        id: RowColumns,
    }

    type RowColumns = i64;

    #[test]
    fn generated_code_uses_no_name_of_the_crate_around_it() {
        use upsert::Upsertable;
        let row = shadowed::Option { self_: 1, column: 2, value: 3, size: 4, private: None };
        assert_eq!(super::values(&row)[3], upsert::value::Value::BigInt(4));
        assert_eq!(shadowed::Option::COL.self_.name(), "self_");
        assert_eq!(super::shown::<shadowed::Row>(), "row (\n    id text,\n    primary key (id)\n)");
        assert_eq!(shadowed::Row { id: shadowed::RowColumns::new() }.size(), 0);
        assert_eq!(Row { id: 1 }.size(), 8);
    }

    #[test]
    fn a_list_of_rows_is_filled_as_any_other() {
        use upsert::Upsertable;
        use upsert::rows::Rows;

        #[derive(Clone, Upsertable)]
        struct Fill {
            #[upsert(primary_key)]
            fill: i64,
            put: i64,
        }

        trait Form {
            fn fill(&mut self) {}
            fn put(&self) {}
        }

        impl Form for Fill {}

        let mut rows = vec![Fill { fill: 1, put: 1 }, Fill { fill: 2, put: 2 }];
        rows.fill(Fill { fill: 3, put: 4 });
        rows[0].fill();
        rows[0].put();
        assert_eq!((Rows::len(&rows), rows[0].fill, rows[1].put), (2, 3, 4));
    }
}

/// A crate that re-exports ours, as its users see it.
mod re_export {
    /// What such a crate says.
    pub(super) mod vendor {
        pub(crate) use ::upsert as database;
    }

    #[derive(vendor::database::Upsertable)]
    #[upsert(crate = "vendor::database")]
    pub(super) struct Here {
        #[upsert(primary_key)]
        pub(super) id: i64,
    }

    #[derive(vendor::database::Upsertable)]
    #[upsert(crate = "crate::re_export::vendor::database")]
    pub(super) struct Anywhere<T> {
        #[upsert(primary_key)]
        pub(super) id: T,
    }
}

#[test]
fn the_crate_can_be_found_elsewhere() {
    assert_eq!(values(&re_export::Here { id: 1 }), [Value::BigInt(1)]);
    assert_eq!(values(&re_export::Anywhere { id: 1_i16 }), [Value::SmallInt(1)]);
}

#[test]
fn a_type_of_ones_own_is_a_column() {
    struct Celsius(f64);

    impl ColumnValue for Celsius {
        const TYPE: ColumnType = f64::TYPE;

        fn value(&self) -> Value<'_> {
            self.0.value()
        }
    }

    type Alias = Option<Celsius>;

    #[derive(Upsertable)]
    struct Row {
        #[upsert(primary_key)]
        id: i64,
        temperature: Alias,
    }

    assert!(Row::SCHEMA.columns[1].nullable);
    assert_eq!(Row { id: 1, temperature: Some(Celsius(20.0)) }.value(1), Value::Double(20.0));
}

#[test]
fn structs_can_be_written_by_macros() {
    macro_rules! tables {
        ($($name:ident($table:literal): $key:ident $type:ty),* $(,)?) => {$(
            #[derive(Upsertable)]
            #[upsert(table = $table, primary_key($key))]
            struct $name {
                $key: $type,
                shared: Option<$type>,
            }
        )*};
    }

    tables! { A("a"): id i64, B("b"): name String, C("c"): r#type [u8; 3] }

    macro_rules! keyed {
        ($name:ident, $on_struct:meta, $on_field:meta, $default:meta) => {
            #[derive(Upsertable)]
            #[upsert($on_struct, rename_all = "UPPERCASE")]
            struct $name {
                #[upsert($on_field)]
                id: i64,
                #[upsert(update = never, $default)]
                made: Option<i64>,
            }
        };
    }

    keyed! { D, table = "d", primary_key, default = "0" }
    assert_eq!(D::SCHEMA.table, "d");
    assert_eq!(column_names::<D>(), ["ID", "MADE"]);
    assert_eq!(D { id: 1, made: None }.size(), 8);

    assert_eq!(shown::<A>(), "a (\n    id bigint,\n    shared bigint null,\n    primary key (id)\n)");
    assert_eq!(shown::<B>(), "b (\n    name text,\n    shared text null,\n    primary key (name)\n)");
    assert_eq!(shown::<C>(), "c (\n    type bytes,\n    shared bytes null,\n    primary key (type)\n)");
    assert_eq!(A { id: 1, shared: None }.size(), 8);
    assert_eq!(B { name: "ab".into(), shared: None }.value(0), Value::Text("ab".into()));
    assert_eq!(C { r#type: [0; 3], shared: Some([1; 3]) }.value(2 - 1), Value::Bytes(Cow::Borrowed(&[1; 3])));
}

#[test]
fn attributes_of_others_are_left_alone() {
    #[derive(Clone, Debug, Default, PartialEq, Upsertable)]
    #[must_use]
    struct Row {
        /// A documented field.
        #[upsert(primary_key)]
        #[doc(alias = "number")]
        id: i64,
        #[deprecated]
        old: i64,
        #[cfg(any())]
        absent: std::rc::Rc<str>,
    }

    assert_eq!(column_names::<Row>(), ["id", "old"]);
    assert_eq!(Row::default().clone().size(), 16);
}

#[test]
fn an_odd_name_is_the_business_of_the_struct_alone() {
    #[derive(Upsertable)]
    #[allow(nonstandard_style)]
    struct oddly_named {
        #[upsert(primary_key)]
        Id: i64,
    }

    assert_eq!(oddly_named::COL.Id.name(), "Id");
    assert_eq!(oddly_named { Id: 1 }.size(), 8);
}

#[test]
fn many_columns_are_no_problem() {
    let row = wide::Wide { value_of_sensor_number_399: Some(31), ..wide::Wide::default() };
    assert_eq!(row.value(400), Value::BigInt(31));
    assert_eq!(wide::Wide::COL.value_of_sensor_number_399.name(), "value_of_sensor_number_399");
}

#[test]
#[should_panic(expected = "the schema has no column 1")]
fn a_column_that_is_not_there_is_a_bug() {
    #[derive(Upsertable)]
    struct Row {
        #[upsert(primary_key)]
        id: i64,
    }

    let _ = Row { id: 1 }.value(1);
}

#[test]
fn the_schema_is_a_constant() {
    #[derive(Upsertable)]
    struct Row {
        #[upsert(primary_key)]
        id: i64,
    }

    const SCHEMA: &TableSchema<'static> = Row::SCHEMA;
    const COLUMNS: usize = SCHEMA.columns.len();
    assert_eq!([0; COLUMNS].len(), 1);
    assert_eq!(Row { id: 1 }.size(), 8);
}

mod values {
    //! `#[derive(ColumnValue)]`, and fields that are stored in another way than their type's own.

    use std::collections::BTreeMap;

    use upsert::schema::EnumType;
    use upsert::value::Invalid;
    use upsert::with::TruncateToMicros;
    use upsert::{ColumnAs, ColumnValue, KeyValue};

    use super::*;

    #[derive(Clone, Copy, Debug, ColumnValue)]
    enum Status {
        Open,
        InProgress,
        #[upsert(rename = "it's done")]
        Done,
        r#Type,
    }

    #[derive(ColumnValue)]
    #[upsert(rename_all = "SCREAMING-KEBAB-CASE", postgres_enum = "light")]
    enum Light {
        DeepRed,
    }

    #[derive(ColumnValue)]
    struct Id(u32);

    #[derive(ColumnValue)]
    struct Named<'a> {
        name: &'a str,
    }

    #[derive(ColumnValue)]
    struct Wrapped<T>(T);

    #[derive(ColumnValue)]
    struct Ratio(Option<f64>);

    fn is_key<T: KeyValue>() {}

    #[test]
    fn enums_are_texts() {
        const LABELS: EnumType<'static> = EnumType::new(&["open", "in_progress", "it's done", "type"]);
        assert_eq!(Status::ENUM, Some(LABELS));
        for (status, label) in
            [Status::Open, Status::InProgress, Status::Done, Status::r#Type].iter().zip(LABELS.labels)
        {
            assert!(matches!(status.value(), Value::Text(text) if text == *label));
        }
        assert_eq!(Light::ENUM, Some(EnumType::new(&["DEEP-RED"]).postgres("light")));
        assert!(matches!(Light::DeepRed.value(), Value::Text(text) if text == "DEEP-RED"));
        is_key::<Status>();
        assert_eq!(Option::<Status>::ENUM, Some(LABELS));
    }

    #[test]
    fn structs_of_one_field_are_what_it_is() {
        assert_eq!((Id::TYPE, Id::NULLABLE), (ColumnType::BigInt, false));
        assert!(matches!(Id(7).value(), Value::BigInt(7)));
        assert!(matches!(Named { name: "x" }.value(), Value::Text(text) if text == "x"));
        assert_eq!((Ratio::TYPE, Ratio::NULLABLE), (ColumnType::Double, true));
        assert!(matches!(Ratio(None).value(), Value::Null));
        assert_eq!(Wrapped::<Status>::ENUM, Status::ENUM);
        is_key::<Id>();
        is_key::<Named<'_>>();
        is_key::<Wrapped<Wrapped<String>>>();
    }

    #[derive(Clone, Debug, serde::Serialize)]
    struct Preferences {
        theme: &'static str,
    }

    struct Cents;

    impl ColumnAs<(i64, i64)> for Cents {
        const TYPE: ColumnType = ColumnType::BigInt;

        fn value((units, cents): &(i64, i64)) -> Value<'_> {
            Value::BigInt(units * 100 + cents)
        }
    }

    #[derive(Upsertable)]
    #[upsert(db(postgres, sqlite))]
    struct Account<'a> {
        #[upsert(primary_key, with = "Cents")]
        price: (i64, i64),
        #[upsert(json)]
        preferences: Preferences,
        #[upsert(json)]
        document: Option<Preferences>,
        #[upsert(json(nullable))]
        maybe: Option<&'a Preferences>,
        #[upsert(json)]
        odd: BTreeMap<(u8, u8), u8>,
        #[upsert(max_len = 3, sql_type(postgres = "citext"))]
        code: &'a str,
        #[upsert(sql_type(sqlite = "TEXT", postgres = "numeric(20)", mysql = "bigint unsigned"))]
        large: u64,
        #[upsert(with = "TruncateToMicros")]
        at: std::time::SystemTime,
    }

    #[test]
    fn fields_are_stored_as_their_attributes_say() {
        assert_eq!(
            shown::<Account<'_>>(),
            "account (\n    price bigint,\n    preferences json,\n    document json,\n    maybe json null,\n    odd json,\n    \
             code text(3) postgres \"citext\",\n    \
             large unsigned bigint postgres \"numeric(20)\" sqlite \"TEXT\" mysql \"bigint unsigned\",\n    \
             at timestamptz,\n    primary key (price)\n)"
        );
        let preferences = Preferences { theme: "dark" };
        let account = Account {
            price: (1, 50),
            preferences: preferences.clone(),
            document: None,
            maybe: None,
            odd: BTreeMap::from([((1, 2), 3)]),
            code: "abc",
            large: u64::MAX,
            at: std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_nanos(1_001),
        };
        let values = values(&account);
        assert!(matches!(values[0], Value::BigInt(150)));
        assert!(matches!(&values[1], Value::Json(json) if json == r#"{"theme":"dark"}"#));
        assert!(matches!(&values[2], Value::Json(json) if json == "null"));
        assert!(matches!(values[3], Value::Null));
        assert!(matches!(values[4], Value::Invalid(Invalid::NotJson)), "its keys are no texts");
        assert!(matches!(values[7], Value::TimestampTz { micros: 1 }));
        let with = Account { maybe: Some(&preferences), ..account };
        assert!(matches!(super::values(&with)[3], Value::Json(_)));
    }

    #[derive(Upsertable)]
    struct Of<T: Clone> {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(with = "TruncateToMicros")]
        at: Option<T>,
    }

    #[test]
    fn generic_structs_ask_for_what_their_attributes_need() {
        let row = Of { id: 1, at: Some(std::time::Duration::from_nanos(1_999)) };
        assert!(matches!(values(&row)[1], Value::Duration { micros: 1 }));
        assert!(shown::<Of<std::time::Duration>>().contains("at duration null"));
    }
}

/// What is asked of a struct at compile time is code too, and stands where lifetimes and `Self` mean nothing.
mod questions {
    // Generated code that allows what the crate forbids would not compile.
    #![forbid(unused)]

    use std::marker::PhantomData;

    use upsert::schema::ColumnType;
    use upsert::value::Value;
    use upsert::{ColumnAs, ColumnGroup, ColumnValue, Upsertable};

    use super::{column_names, values};

    #[derive(ColumnGroup)]
    #[upsert(db(postgres, sqlite, mysql))]
    struct Size {
        rows: i64,
        #[upsert(max_len = 9)]
        unit: String,
    }

    #[derive(ColumnGroup)]
    struct Sizes {
        #[upsert(flatten, prefix = "all_")]
        all: Size,
    }

    #[derive(ColumnValue)]
    #[upsert(transparent)]
    struct Id<T>(i64, PhantomData<T>);

    #[derive(ColumnValue)]
    struct Tagged<T, Tag> {
        value: T,
        tag: PhantomData<fn() -> Tag>,
    }

    /// Anything, as one.
    struct AsOne;

    impl<T> ColumnAs<T> for AsOne {
        const TYPE: ColumnType = ColumnType::BigInt;

        fn value(_: &T) -> Value<'_> {
            Value::BigInt(1)
        }
    }

    #[derive(Upsertable)]
    #[upsert(db(postgres, sqlite, mysql), index(size), unique(id, size))]
    struct Node {
        #[upsert(primary_key)]
        id: Id<Self>,
        size: Tagged<i64, Self>,
        #[upsert(with = "AsOne")]
        children: Vec<Self>,
        #[upsert(with = "AsOne")]
        compare: for<'x> fn(&'x str) -> &'x str,
        #[upsert(flatten)]
        sizes: Sizes,
        hash: [u8; Self::HASH],
    }

    impl Node {
        const HASH: usize = 4;
    }

    #[derive(Upsertable)]
    #[upsert(db(postgres, sqlite, mysql))]
    struct Borrowed<'a, 'b>
    where
        'b: 'a,
    {
        #[upsert(primary_key)]
        id: i64,
        name: &'a str,
        body: Option<&'b [u8]>,
        #[upsert(with = "AsOne")]
        compare: for<'x> fn(&'x str) -> &'a str,
        #[upsert(flatten)]
        size: Size,
    }

    #[derive(Upsertable)]
    #[upsert(db(postgres, sqlite, mysql))]
    struct Generic<T, const N: usize> {
        #[upsert(primary_key)]
        id: i64,
        value: T,
        bytes: [u8; N],
        #[upsert(max_len = 9)]
        unit: String,
    }

    /// A name that generated code would like to have, which is written in a string alone.
    struct LineColumns;

    impl ColumnAs<i64> for LineColumns {
        const TYPE: ColumnType = ColumnType::BigInt;

        fn value(columns: &i64) -> Value<'_> {
            Value::BigInt(*columns)
        }
    }

    #[derive(Upsertable)]
    struct Line {
        #[upsert(primary_key, with = "LineColumns")]
        columns: i64,
    }

    #[derive(Upsertable)]
    #[upsert(db(mysql), primary_key(letter, hash, maybe))]
    struct Short {
        letter: char,
        hash: Tagged<[u8; 32], ()>,
        maybe: Box<char>,
        long: [u8; 300],
    }

    #[test]
    fn a_type_of_few_bytes_is_a_key_of_mysql() {
        let sql = Short::create_table_sql(upsert::Dialect::MySql).unwrap();
        for column in ["`letter` varchar(1)", "`hash` varbinary(32)", "`maybe` varchar(1)", "`long` longblob"] {
            assert!(sql.contains(column), "{sql}");
        }
        let sql = Short::create_table_sql(upsert::Dialect::Postgres).unwrap();
        assert!(sql.contains("\"letter\" text") && sql.contains("\"hash\" bytea"), "{sql}");
        assert_eq!(Short::SCHEMA.columns[0].max_len, None);
        let row = Short {
            letter: 'ß',
            hash: Tagged { value: [1; 32], tag: PhantomData },
            maybe: Box::new('x'),
            long: [0; 300],
        };
        assert_eq!(values(&row)[0], Value::Text("ß".into()));
    }

    #[test]
    fn they_are_asked_of_every_kind_of_struct() {
        assert_eq!(values(&Line { columns: 80 }), [Value::BigInt(80)]);
        let size = || Size { rows: 2, unit: "kB".into() };
        let node = Node {
            id: Id(1, PhantomData),
            size: Tagged { value: 3, tag: PhantomData },
            children: Vec::new(),
            compare: |text| text,
            sizes: Sizes { all: size() },
            hash: [0; Node::HASH],
        };
        assert_eq!(column_names::<Node>(), ["id", "size", "children", "compare", "all_rows", "all_unit", "hash"]);
        assert_eq!(values(&node)[..3], [Value::BigInt(1), Value::BigInt(3), Value::BigInt(1)]);
        let row = Borrowed { id: 1, name: "n", body: None, compare: |_| "", size: size() };
        assert_eq!(values(&row)[..3], [Value::BigInt(1), Value::Text("n".into()), Value::Null]);
        let row = Generic { id: 1, value: true, bytes: [7; 2], unit: String::new() };
        assert_eq!(values(&row)[1..3], [Value::Bool(true), Value::Bytes(std::borrow::Cow::Borrowed(&[7, 7]))]);
    }
}
