//! The example `load`, as whoever uses it first would: real files into each database, and what it says when it cannot.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, RecordBatch, StringViewArray,
    TimestampNanosecondArray, types::Int32Type,
};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use tests::example::example;
use tests::mariadb_server::USER;
use tests::source_files::{below, root};
use tests::{Database, MariaDb, Postgres, Sqlite, figure, row, run, suite};
use upsert::UpsertOptions;
use upsert_arrow::UpsertFrame;

#[path = "../../../upsert-arrow/examples/load/instead.rs"]
mod instead;

suite!(real_data_is_loaded_by_one_command, a_parquet_file_is_what_its_batches_are);

fn load(arguments: &[&str]) -> Output {
    example("load").args(arguments).output().unwrap()
}

#[track_caller]
fn assert_says(output: &Output, code: i32, words: &[&str]) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    for words in words {
        assert!(out.contains(words) || err.contains(words), "it does not say `{words}`:\n{out}\n{err}");
    }
}

fn data(file: &str) -> String {
    root().join("examples/data").join(file).display().to_string()
}

/// Counts as the last lines of the output have them: rows, inserted, updated, unchanged, ignored, repeated.
fn counts(output: &Output) -> Vec<u64> {
    let out = String::from_utf8_lossy(&output.stdout);
    let line = out.lines().last().unwrap_or_default();
    line.split_whitespace().take(6).map(|count| count.parse().unwrap()).collect()
}

async fn real_data_is_loaded_by_one_command<D: Database>(database: D) {
    let (url, file) = (database.url(), data("weather.csv"));
    let arguments =
        [&file, "--null", "NA", "--table", "weather", "--key", "origin,time_hour", "--database", url.as_str()];
    let planned = load(&[&arguments[..], &["--dry-run"]].concat());
    assert_says(&planned, 0, &["CREATE TABLE", "wind_gust double", "time_hour timestamptz", "Nothing was written."]);
    assert!(database.columns("weather").await.is_empty());

    let loaded = load(&[&arguments[..], &["--explain"]].concat());
    assert_says(&loaded, 0, &["CREATE TABLE", "26115 rows of", "rows/s"]);
    assert_eq!(counts(&loaded), [26_115, 26_115, 0, 0, 0, 0]);
    let first =
        database.query("SELECT origin, temp, wind_gust FROM weather WHERE month = 1 AND day = 1 AND hour = 1").await;
    assert!(first.contains(&vec![Some("EWR".to_owned()), Some("39.02".to_owned()), None]), "{first:?}");
    assert_eq!(counts(&load(&arguments)), [26_115, 0, 0, 26_115, 0, 0]);
    assert_eq!(counts(&load(&[&arguments[..], &["--ignore"]].concat())), [26_115, 0, 0, 0, 26_115, 0]);
    assert_eq!(counts(&load(&[&arguments[..], &["--from-row", "26000"]].concat())), [115, 0, 0, 115, 0, 0]);

    let wider = folder().path().join("weather.csv");
    std::fs::create_dir_all(wider.parent().unwrap()).unwrap();
    std::fs::write(&wider, "origin,time_hour,note\nEWR,2013-01-01T06:00:00Z,cold\nXXX,2013-01-01T06:00:00Z,\n")
        .unwrap();
    let wider = wider.display().to_string();
    let arguments = [&[wider.as_str()][..], &arguments[1..]].concat();
    assert_says(&load(&arguments), 1, &["note", "--add-columns"]);
    let added = load(&[&arguments[..], &["--add-columns"]].concat());
    assert_says(&added, 0, &[]);
    assert_eq!(counts(&added), [2, 1, 1, 0, 0, 0]);
    let rows = database.query("SELECT temp, note FROM weather WHERE note IS NOT NULL").await;
    assert_eq!(rows, [row(["39.02", "cold"])]);
    std::fs::remove_file(wider).unwrap();
}

async fn a_parquet_file_is_what_its_batches_are<D: Database>(database: D) {
    let lists = (0..1_000).map(|row| (row % 5 > 0).then(|| (0..row % 4).map(Some)));
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new((0..1_000).collect::<Int64Array>())),
        (
            "name",
            Arc::new((0..1_000).map(|row| (row % 7 > 0).then(|| format!("name {row}"))).collect::<StringViewArray>()),
        ),
        ("ratio", Arc::new((0..1_000).map(|row| f64::from(row) / 3.0).collect::<Float64Array>())),
        (
            "price",
            Arc::new(
                (0..1_000)
                    .map(|row| row * 12_345)
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(20, 4)
                    .unwrap(),
            ),
        ),
        ("day", Arc::new(Date32Array::from_iter_values(0..1_000))),
        (
            "at",
            Arc::new(
                TimestampNanosecondArray::from_iter_values((0..1_000).map(|row| row * 1_000_000))
                    .with_timezone("Asia/Kolkata"),
            ),
        ),
        ("tags", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = folder();
    let file = folder.path().join("things.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&file).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let (file, url) = (file.display().to_string(), database.url());
    let loaded = load(&[&file, "--table", "things", "--key", "id", "--database", &url, "--chunk", "300"]);
    assert_says(&loaded, 0, &["1000 rows of"]);
    assert_eq!(counts(&loaded), [1_000, 1_000, 0, 0, 0, 0]);
    let report = batch.aupsert(database.pool(), "things", &["id"], UpsertOptions::new()).await.unwrap();
    assert_eq!(report.unchanged, 1_000);
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

/// What can be more than one thing is text, and is not changed.
#[test]
fn a_column_is_what_all_of_its_fields_are() {
    run(async |database: Sqlite| {
        let folder = folder();
        let text = "id,zip,whole,part,yes,day,at,zoned,mixed,empty\n\
                    1,00501,7,1.5,true,2024-02-29,2024-02-29 10:00:00,2024-02-29T10:00:00+02:00,1,\n\
                    2,10001,-8,2,false,1969-12-31,1969-12-31T23:59:59.25,1969-12-31T23:59:59Z,x,\n";
        let file = written(folder.path(), "guessed.csv", text).display().to_string();
        let loaded = load(&[&file, "--table", "t", "--key", "id", "--database", &database.url()]);
        let types = [
            "id bigint",
            "zip text",
            "whole bigint",
            "part double",
            "yes bool",
            "day date",
            "at timestamp",
            "zoned timestamptz",
            "mixed text",
        ];
        assert_says(&loaded, 0, &types);
        let rows =
            database.query("SELECT zip, whole, part, yes, day, at, zoned, mixed, empty FROM t ORDER BY id").await;
        let [first, second] = [
            [
                "00501",
                "7",
                "1.5",
                "1",
                "2024-02-29",
                "2024-02-29 10:00:00.000000",
                "2024-02-29 08:00:00.000000+00:00",
                "1",
            ],
            [
                "10001",
                "-8",
                "2",
                "0",
                "1969-12-31",
                "1969-12-31 23:59:59.250000",
                "1969-12-31 23:59:59.000000+00:00",
                "x",
            ],
        ]
        .map(|shown| shown.into_iter().map(|text| Some(text.to_owned())).chain([None]).collect::<Vec<_>>());
        assert_eq!(rows, [first, second]);
    });
}

/// What fails ends with 1, and tells how to go on; what is written before it stays.
#[test]
fn what_fails_tells_where_and_how_to_go_on() {
    run(async |database: Sqlite| {
        let folder = folder();
        let mut text = "id,n\n".to_owned();
        for row in 0..25 {
            text.push_str(&if row == 23 { format!("{row},1e5\n") } else { format!("{row},{row}\n") });
        }
        let file = written(folder.path(), "numbers.csv", &text).display().to_string();
        let url = database.url();
        let arguments = [&file, "--table", "t", "--key", "id", "--database", &url, "--chunk", "10"];
        let failed = load(&[&arguments[..], &["--type", "n=decimal"]].concat());
        assert_says(&failed, 1, &["row 23", "column `n`", "--from-row 20"]);
        assert_eq!(database.query("SELECT count(*) FROM t").await, [row(["20"])]);
        let again = load(&[&arguments[..], &["--type", "n=decimal", "--from-row", "20"]].concat());
        assert_says(&again, 1, &["row 3, column `n`", "Its row 3 is row 23 of the file"]);
        std::fs::write(&file, text.replace("1e5", "23")).unwrap();
        let rest = load(&[&arguments[..], &["--type", "n=decimal", "--from-row", "20"]].concat());
        assert_says(&rest, 0, &[]);
        assert_eq!(counts(&rest), [5, 5, 0, 0, 0, 0]);
    });
}

#[test]
fn what_cannot_be_understood_ends_with_2_and_what_cannot_be_done_with_1() {
    let folder = folder();
    let file = written(folder.path(), "t.csv", "id,n\n1,2\n").display().to_string();
    let database = format!("sqlite:{}", folder.path().join("t.sqlite").display());
    let asked = |more: &[&str]| load(&[&[file.as_str(), "--table", "t", "--database", &database][..], more].concat());
    assert_says(&load(&["--help"]), 0, &["usage: load"]);

    let other = |file: &str, url: &str| load(&[file, "--table", "t", "--key", "id", "--database", url]);
    assert_says(&other("nothing.csv", &database), 1, &["nothing.csv"]);
    let sheet = written(folder.path(), "t.xlsx", "id\n1\n").display().to_string();
    let secret = "postgres://u:secret@127.0.0.1:1/n";
    let mistakes: [(Output, &[&str]); 21] = [
        (load(&[]), &["no file is named"]),
        (asked(&[]), &["--key names the columns"]),
        (asked(&["--key"]), &["--key wants a value"]),
        (asked(&["--key", "--widen"]), &["--key wants a value"]),
        (asked(&["--key", "id", "--chunck", "5"]), &["there is no option --chunck; did you mean --chunk?"]),
        (asked(&["--key", "id", "--widen=no"]), &["--widen takes no value"]),
        (asked(&["--key", "id", "--chunk", "few"]), &["--chunk wants a number"]),
        (asked(&["--key", "id", "--update", "--ignore"]), &["--update and --ignore contradict each other"]),
        (asked(&["--key", "id", "--key", "n"]), &["--key is given twice"]),
        (asked(&["--key", "id", "--type", "n=duble"]), &["--type knows no type `duble`; did you mean double?"]),
        (asked(&["--key", "id", "--type", "n=strange"]), &["there are text, bool, bigint"]),
        (asked(&["--key", "idd"]), &["--key names `idd`, which is no column of the file; did you mean id?"]),
        (
            asked(&["--key", "id", "--type", "x=text", "--rename", "y=z", "--skip", "other", "--max-len", "text=3"]),
            &[
                "--type names `x`",
                "--rename names `y`",
                "--skip names `other`",
                "--max-len names `text`",
                "it has id, n",
            ],
        ),
        (asked(&["--key", "id,id"]), &["--key names `id` twice"]),
        (asked(&["--key", "id", "--skip", "id"]), &["--key names `id`, which --skip leaves out"]),
        (asked(&["--key", "nr", "--rename", "id=nr"]), &["columns are named as in the file: id"]),
        (
            asked(&["--key", "id", "--rename", "id=n"]),
            &["--rename id=n gives it the name of another column of the file: --rename n=… as well, or --skip n"],
        ),
        (asked(&["--key", "id", "--rename", "id=x", "--rename", "n=x"]), &["--rename gives id and n the same name, x"]),
        (other(&sheet, &database), &["the file is .csv, .tsv or .parquet"]),
        (other(&file, "oracle://x"), &["sqlite:PATH"]),
        (other(&file, "postgres://u:secret@127.0.0.1:1/n?sslmod=disable"), &["unknown option `sslmod`"]),
    ];
    for (mistake, words) in &mistakes {
        assert_says(mistake, 2, words);
        assert_says(mistake, 2, &["Try --help."]);
        assert!(!String::from_utf8_lossy(&mistake.stderr).contains("usage"), "{mistake:?}");
    }
    // Another column may have the name that one gives up.
    assert_says(&asked(&["--key", "id", "--rename", "id=n", "--rename", "n=id", "--dry-run"]), 0, &["n bigint"]);
    for url in ["postgres://u:se@cret@127.0.0.1:1/n", "mysql://u:se/cret@127.0.0.1:1/n", "mysql://u:se?cret@h/n"] {
        let mistaken = other(&file, url);
        assert_says(&mistaken, 2, &["percent-encoded (@ is %40)"]);
        assert!(!String::from_utf8_lossy(&mistaken.stderr).contains("cret"));
    }
    let tls = [
        "postgres://u:secret@127.0.0.1:1/n?sslmode=require",
        "postgres://u:secret@127.0.0.1:1/n?sslmode=verify-full",
        "mysql://u:secret@127.0.0.1:1/n?require_ssl=true",
        "mysql://u:secret@127.0.0.1:1/n?sslmode=require",
        "mysql://u:secret@127.0.0.1:1/n?ssl-mode=REQUIRED",
    ];
    for url in tls {
        let refused = other(&file, url);
        assert_says(&refused, 1, &["the URL asks for TLS, which this example is built without"]);
        assert!(!String::from_utf8_lossy(&refused.stderr).contains("secret"));
    }
    for url in [secret, "mysql://u:secret@127.0.0.1:1/n"] {
        let nobody = other(&file, url);
        assert_says(&nobody, 1, &["The server is not reachable: is it running"]);
        let told = String::from_utf8_lossy(&nobody.stderr).into_owned();
        assert!(!told.contains("secret") && told.matches("refused").count() == 1, "{told}");
    }
}

/// A server that is there says itself what is wrong, once.
#[test]
fn a_connection_that_is_refused_is_told_from_a_server_that_is_not_there() {
    let folder = folder();
    let file = written(folder.path(), "t.csv", "id,n\n1,2\n").display().to_string();
    let refused = |url: &str, words: &str| {
        let refused = load(&[&file, "--table", "t", "--key", "id", "--database", url]);
        assert_says(&refused, 1, &[words]);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(told.matches(words).count(), 1, "{told}");
        assert!(!told.contains("not reachable"), "{told}");
        told
    };
    let with = |url: &str, user: &str, name: &str| {
        let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (scheme, host) = (place.split("//").next().unwrap(), place.split('@').next_back().unwrap());
        format!("{scheme}//{user}@{}/{name}?{parameters}", host.split('/').next().unwrap())
    };
    run(async |database: Postgres| {
        let url = database.url();
        refused(&with(&url, "postgres", "nowhere"), "database \"nowhere\" does not exist");
        let told = refused(&with(&url, "nobody", "postgres"), "role \"nobody\" does not exist");
        assert!(told.contains("refuses this user: are user and password right?"), "{told}");
    });
    run(async |database: MariaDb| {
        let url = database.url();
        refused(&with(&url, USER, "nowhere"), "to database 'nowhere'");
        let told = refused(&with(&url, "nobody", "mysql"), "Access denied for user 'nobody'");
        assert!(told.contains("refuses this user: are user and password right?"), "{told}");
    });
}

/// What the library calls by names of methods and attributes is called by those of options.
#[test]
fn errors_speak_of_options() {
    let folder = folder();
    let loads = |text: &str, url: &str, more: &[&str], words: &[&str]| {
        let file = written(folder.path(), "t.csv", text).display().to_string();
        let failed = load(&[&[file.as_str(), "--key", "id", "--database", url][..], more].concat());
        assert_says(&failed, 1, words);
        let told = String::from_utf8_lossy(&failed.stderr).into_owned();
        for name in
            ["UpsertOptions", "FrameTable", "OnConflict", "#[", "`skip`", "max_len", "frame", "database_message"]
        {
            assert!(!told.contains(name), "{name}: {told}");
        }
    };
    run(async |database: Sqlite| {
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, at TEXT)", &[]).await;
        let nines = "CREATE TRIGGER nines BEFORE INSERT ON t WHEN NEW.n = 9 BEGIN SELECT RAISE(ABORT, 'no nines'); END";
        database.execute(nines, &[]).await;
        let url = database.url();
        let t: &[&str] = &["--table", "t"];
        loads("id,m\n1,2\n", &url, t, &["--add-columns", "--rename", "--skip"]);
        loads("id,n\n1,x\n", &url, t, &["by --type"]);
        loads("id,n\n1.5,2\n", &url, &["--table", "new"], &["cannot be in a key", "--type says what else it is"]);
        loads("id,n\n1,9\n", &url, t, &["its own words are below", "the database says: no nines"]);
        loads("id,ID\n1,2\n", &url, t, &["has the same name", "by --rename"]);
        loads("id,n,n\n1,2,3\n", &url, t, &["the file has several columns", "--skip"]);
        loads("id,n\n1,2\n", &url, &["--table", "t", "--max-len", "n=3"], &["--max-len is for text"]);
        loads("id,n\n1,2\n", &url, &["--table", "t", "--schema", "other"], &["leave --schema out"]);
        loads("id,n\n1,2\n", &url, &["--table", "a.b", "--no-create"], &["without --no-create", "own: --schema"]);
        let at = "id,at\n1,2024-01-01 00:00:00.1234567Z\n";
        loads(at, &url, &["--table", "new", "--type", "at=timestamptz"], &["round it to microseconds"]);
    });
    run(async |database: MariaDb| {
        let url = database.url();
        let text = format!("id\n{}\n", "x".repeat(300));
        loads(&text, &url, &["--table", "t"], &["--widen", "--max-len"]);
        loads(&text, &url, &["--table", "t", "--max-len", "id=900"], &["a smaller --max-len"]);
        loads(&text, &url, &["--table", "t", "--schema", "nowhere"], &["--create-schema"]);
        let file = written(folder.path(), "t.csv", &text).display().to_string();
        let more = ["--max-len", "id=300", "--widen"];
        let arguments = [&file, "--table", "t", "--key", "id", "--database", url.as_str()];
        assert_eq!(counts(&load(&[&arguments[..], &more].concat())), [1, 1, 0, 0, 0, 0]);
    });
}

/// Each message of the library that names a method is said in other words here.
#[test]
fn no_method_of_the_library_is_named() {
    /// What is said to those who asked for it, which nobody can here.
    const NOBODY: [&str; 3] = [
        "`UpsertOptions::adapt_empty_columns`",
        "`UpsertOptions::defer_indexes`",
        "`update_columns` and `OnConflict::",
    ];
    let mut named = 0;
    for file in below("upsert-runtime/src") {
        for (line, string) in file.strings() {
            let names = |text: &str| {
                let of_methods = ["`UpsertOptions::", "`FrameTable::", "`OnConflict::", "`SqlitePool::"];
                of_methods.iter().any(|name| text.contains(name))
            };
            named += u32::from(names(&string));
            let told = instead::in_options(&string);
            assert!(!names(&told) || NOBODY.iter().any(|part| told.contains(part)), "{}:{line}: {told}", file.path);
        }
    }
    assert!(named > 5, "{named}");
}

/// Nothing is left, or less than that.
#[test]
fn a_row_past_the_end_is_a_mistake() {
    let folder = folder();
    let csv = written(folder.path(), "t.csv", "id,n\n1,2\n3,4\n").display().to_string();
    let parquet = folder.path().join("t.parquet");
    let batch = RecordBatch::try_from_iter([("id", Arc::new((0..2).collect::<Int64Array>()) as ArrayRef)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&parquet).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let path = folder.path().join("t.sqlite");
    let database = format!("sqlite:{}", path.display());
    for file in [csv, parquet.display().to_string()] {
        let from = |row| load(&[&file, "--table", "t", "--key", "id", "--database", &database, "--from-row", row]);
        assert_says(&from("3"), 2, &["--from-row 3 is past the end of", "which has 2 rows"]);
        let largest = u64::MAX.to_string();
        assert_says(&from(&largest), 2, &["is past the end of"]);
        assert_says(&from("2"), 0, &["Nothing is left to do", "2 rows, all of them before row 2"]);
        assert!(!path.exists());
        assert_eq!(counts(&from("1")), [1, 1, 0, 0, 0, 0]);
        std::fs::remove_file(&path).unwrap();
    }
}

/// Few rows of many bytes pass through as well.
#[test]
fn files_of_large_rows_take_little_memory() {
    const ROWS: i64 = 800;
    const MOST_KIB: u64 = 128 * 1024;
    run(async |database: Sqlite| {
        let folder = folder();
        let large = "x".repeat(100_000);
        let lines: String = (0..ROWS).map(|id| format!("{id},{large}\n")).collect();
        let csv = written(folder.path(), "large.csv", &format!("id,text\n{lines}"));
        let parquet = folder.path().join("large.parquet");
        // No two of them are one value, which a file would have once.
        let texts: StringViewArray = (0..ROWS).map(|id| Some(format!("{id}{large}"))).collect();
        let columns: [(&str, ArrayRef); 2] =
            [("id", Arc::new((0..ROWS).collect::<Int64Array>())), ("text", Arc::new(texts))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&parquet).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        for (file, table) in [(csv, "csv"), (parquet, "parquet")] {
            let peak = peak_of_load(&file, table, &database);
            assert!(peak > 0 && peak <= MOST_KIB, "{table}: {peak} KiB");
        }
    });
}

/// A file of SQLite that is not there is not made by a look at it, and one that is there is not touched.
#[test]
fn a_dry_run_makes_no_file() {
    let folder = folder();
    let file = written(folder.path(), "t.csv", "id,n\n1,2\n").display().to_string();
    let path = folder.path().join("t.sqlite");
    let database = format!("sqlite:{}", path.display());
    let loaded = |more: &[&str]| {
        load(&[&[file.as_str(), "--table", "t", "--key", "id", "--database", &database][..], more].concat())
    };
    let planned = loaded(&["--dry-run"]);
    assert_says(&planned, 0, &["There is no ", "CREATE TABLE", "chunks of 10000", "Nothing was written."]);
    assert_says(&loaded(&["--dry-run", "--no-create"]), 1, &["without --no-create"]);
    assert_says(&loaded(&["--key=idd", "--skip", "n"]), 2, &[]);
    assert!(!path.exists());
    assert_says(&loaded(&[]), 0, &[]);
    let before = std::fs::read(&path).unwrap();
    assert_says(&loaded(&["--dry-run"]), 0, &["nothing about it is changed", "Nothing was written."]);
    std::fs::write(&file, "id,m\n1,2\n").unwrap();
    assert_says(&loaded(&["--dry-run", "--add-columns"]), 0, &["ADD COLUMN \"m\""]);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// The most memory, in KiB, that a load had.
fn peak_of_load(file: &Path, table: &str, database: &Sqlite) -> u64 {
    let mut program = example("load");
    program.arg(file).args(["--table", table, "--key", "id", "--database", &database.url()]);
    let mut program = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", program.id());
    let mut peak = 0;
    let ended = loop {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(peak);
        if let Some(ended) = program.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(ended.success());
    peak
}

/// Rows of a Parquet file pass through. A quick run has 100 thousand of them; with `UPSERT_LONG=1` they are 10 million.
#[test]
fn a_long_parquet_file_takes_little_memory() {
    const MOST_KIB: u64 = 128 * 1024;
    let rows = if std::env::var_os("UPSERT_LONG").is_some() { 10_000_000 } else { 100_000 };
    run(async move |database: Sqlite| {
        let folder = folder();
        let file = folder.path().join("long.parquet");
        let part = |from: i64| {
            let ids = from..from + 50_000;
            let columns: [(&str, ArrayRef); 4] = [
                ("id", Arc::new(ids.clone().collect::<Int64Array>())),
                (
                    "name",
                    Arc::new(ids.clone().map(|id| Some(format!("the name of row {id}"))).collect::<StringViewArray>()),
                ),
                ("ratio", Arc::new(ids.clone().map(|id| id as f64 / 3.0).collect::<Float64Array>())),
                ("more", Arc::new(ids.map(|id| id.wrapping_mul(0x5851_f42d_4c95_7f2d)).collect::<Int64Array>())),
            ];
            RecordBatch::try_from_iter(columns).unwrap()
        };
        let mut writer = ArrowWriter::try_new(File::create(&file).unwrap(), part(0).schema(), None).unwrap();
        for from in (0..rows).step_by(50_000) {
            writer.write(&part(from)).unwrap();
        }
        writer.close().unwrap();
        let peak = peak_of_load(&file, "long", &database);
        assert_eq!(database.query("SELECT count(*) FROM long").await, [row([rows.to_string().as_str()])]);
        figure(format!("load_parquet_{rows}_rows_kib"), peak);
        assert!(peak > 0 && peak <= MOST_KIB, "{peak} KiB for {rows} rows");
    });
}

/// What would be read back as something else is text: more digits than a double has, what differs as text alone, codes, and moments
/// that are none.
#[test]
fn no_field_is_changed_by_a_guess() {
    run(async |database: Sqlite| {
        let folder = folder();
        let text = "id,big,digits,tiny,version,release,code,leap,day,truth\n\
                    1,9007199254740993,9.9999999999999999,1e-400,1.1,1,1E5,2016-12-31 23:59:60,2024-02-28,true\n\
                    2,1.5,1.5,0.5,1.10,1.0,2E7,2017-01-01 00:00:00,2024-02-30,TRUE\n";
        let file = written(folder.path(), "odd.csv", text).display().to_string();
        let loaded = load(&[&file, "--table", "t", "--key", "id", "--database", &database.url()]);
        let columns = ["big", "digits", "tiny", "version", "release", "code", "leap", "day", "truth"];
        assert_says(&loaded, 0, &columns.map(|column| format!("{column} text").leak() as &str));
        let found = database.query(&format!("SELECT {} FROM t ORDER BY id", columns.join(", "))).await;
        let fields = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').skip(1).map(|field| Some(field.to_owned())).collect::<Vec<_>>());
        assert_eq!(found, fields.collect::<Vec<_>>());
    });
}

/// What is said to be a type is of that type, or refused: by row and column, and without its value.
#[test]
fn no_field_is_changed_by_a_type_that_is_said() {
    run(async |database: Sqlite| {
        let folder = folder();
        let url = database.url();
        let refused = [
            ("date", "2024-01-01", "2024-01-01 23:59:59"),
            ("timestamp", "2024-01-01 00:00:00", "2024-01-01 00:00:00+02:00"),
            ("timestamptz", "2024-01-01 00:00:00Z", "2024-01-01 00:00:00.123456789Z"),
            ("double", "1.5", "1e400"),
            ("double", "1.5", "9007199254740993"),
            ("bigint", "7", "9223372036854775808"),
            ("bool", "true", "yes"),
            ("uuid", "01234567-89ab-cdef-0123-456789abcdef", "0123"),
        ];
        for (column_type, right, wrong) in refused {
            let file =
                written(folder.path(), "said.csv", &format!("id,v\n1,{right}\n2,{wrong}\n")).display().to_string();
            let said = format!("v={column_type}");
            let failed = load(&[&file, "--table", column_type, "--key", "id", "--database", &url, "--type", &said]);
            assert_says(&failed, 1, &["row 1", "`v`"]);
            assert!(!String::from_utf8_lossy(&failed.stderr).contains(wrong), "{wrong}");
            assert_eq!(database.query(&format!("SELECT count(*) FROM {column_type}")).await, [row(["0"])]);
        }
        // In a key, too, and deep in the file.
        let mut text = "id,v\n".to_owned();
        for number in 0..9_000 {
            text.push_str(&if number == 8_500 { ",1\n".to_owned() } else { format!("{number},1\n") });
        }
        let file = written(folder.path(), "nulls.csv", &text).display().to_string();
        let failed = load(&[&file, "--table", "nulls", "--key", "id", "--database", &url]);
        assert_says(&failed, 1, &["row 8500", "`id`"]);
    });
}

/// Two texts are two keys.
#[test]
fn no_two_keys_become_one_by_a_guess() {
    run(async |database: Sqlite| {
        let folder = folder();
        for (number, keys) in [["1", "1.0"], ["true", "TRUE"], ["False", "false"]].into_iter().enumerate() {
            let file = written(folder.path(), "keys.csv", &format!("k\n{}\n{}\n", keys[0], keys[1]));
            let table = format!("t{number}");
            let file = file.display().to_string();
            let loaded = load(&[&file, "--table", &table, "--key", "k", "--database", &database.url()]);
            assert_eq!(counts(&loaded), [2, 2, 0, 0, 0, 0], "{keys:?}");
        }
    });
}

/// They have no type of their own, and are NULL in a column of any.
#[test]
fn fields_that_are_all_empty_fit_a_column_of_any_type() {
    run(async |database: Sqlite| {
        let folder = folder();
        let loaded = |text: &str| {
            let file = written(folder.path(), "t.csv", text).display().to_string();
            load(&[&file, "--table", "t", "--key", "id", "--database", &database.url()])
        };
        assert_eq!(counts(&loaded("id,n,at\n1,5,2026-12-01\n2,6,2026-12-02\n")), [2, 2, 0, 0, 0, 0]);
        assert_eq!(counts(&loaded("id,n,at\n2,,\n3,,\n")), [2, 1, 1, 0, 0, 0]);
        assert_eq!(counts(&loaded("id,n,at\n")), [0; 6]);
        let found = database.query("SELECT id, n, at FROM t ORDER BY id").await;
        let nothing = |id: &str| vec![Some(id.to_owned()), None, None];
        assert_eq!(found, [row(["1", "5", "2026-12-01"]), nothing("2"), nothing("3")]);
    });
}

/// What is said of CSV is not left unheard where the file is none.
#[test]
fn options_of_csv_are_refused_for_other_files() {
    let folder = folder();
    let file = folder.path().join("t.parquet");
    let batch = RecordBatch::try_from_iter([("id", Arc::new((0..2).collect::<Int64Array>()) as ArrayRef)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&file).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let database = format!("sqlite:{}", folder.path().join("t.sqlite").display());
    let file = file.display().to_string();
    for option in ["--null=NA", "--delimiter=;"] {
        let name = option.split('=').next().unwrap_or_default();
        let loaded = load(&[&file, "--table", "t", "--key", "id", "--database", &database, option]);
        assert_says(&loaded, 2, &[name, "is for CSV"]);
    }
}

/// A file that is none as it stands is refused whole.
#[test]
fn a_file_that_is_cut_or_empty_is_refused() {
    let folder = folder();
    let database = format!("sqlite:{}", folder.path().join("t.sqlite").display());
    let loaded = |text: &str, name: &str| {
        let file = written(folder.path(), name, text).display().to_string();
        load(&[&file, "--table", name, "--key", "id", "--database", &database])
    };
    assert_says(&loaded("id,v\n1,\"abc\n2,d\n", "quote.csv"), 1, &["a quotation mark is not closed"]);
    assert_says(&loaded("", "empty.csv"), 1, &["the file is empty"]);
    assert_says(&loaded("id;v\n1;2,5\n", "semicolons.csv"), 1, &["--delimiter"]);
    assert_says(&loaded("id\tv\n1\t2,5\n", "tabs.tsv"), 0, &["v text"]);
    let file = written(folder.path(), "t.csv", "id\n1\n").display().to_string();
    assert_says(&load(&[&file, "--table", "t", "--key", "id", "--database", "sqlite:"]), 2, &["names no file"]);
    assert_says(
        &load(&[&file, "--table", "t", "--key", "id", "--database", &database, "--chunk", "0"]),
        2,
        &["--chunk"],
    );
    // A few odd fields among many are told.
    let mut text = "id,temp\n".to_owned();
    (0..500).for_each(|id| text.push_str(&if id == 321 { "321,warm\n".to_owned() } else { format!("{id},{id}.5\n") }));
    assert_says(
        &loaded(&text, "nearly.csv"),
        0,
        &["but for 1 of 500 fields, the first in row 321", "--type temp=double"],
    );
}
