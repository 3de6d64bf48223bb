//! The judges see what they are to see: a test that cannot fail is none.

use std::time::{Duration, Instant};

use tests::mariadb_server::either;
use tests::{Database, Datum, LONGEST, MariaDb, row};
use upsert::mysql_async::prelude::Queryable;

/// Numbers as the bits have them, decimals without the zeros of their column, bytes, and moments in full.
#[test]
fn values_are_read_as_they_are_on_mariadb() {
    tests::run(|database: MariaDb| async move {
        database
            .batch(
                "CREATE TABLE one (id BIGINT PRIMARY KEY, single FLOAT, twice DOUBLE, price DECIMAL(20, 5),
                     word TEXT, octets LONGBLOB, packed JSON, day DATE, span TIME(6), at DATETIME(6), large BIGINT UNSIGNED);
                 INSERT INTO one VALUES (1, 0.1, 0.1, 1.5, '\\n', X'00ff', '{\"a\": 1}', '0001-02-03', '-01:02:03.4',
                     '9999-12-31 23:59:59.999999', 18446744073709551615)",
            )
            .await;
        let single = f64::from(0.1_f32).to_string();
        let expected = row([
            "1",
            &single,
            "0.1",
            "1.5",
            "\\n",
            "[00, ff]",
            either("{\"a\": 1}", "{\"a\":1}"),
            "0001-02-03",
            "-01:02:03.400000",
            "9999-12-31 23:59:59.999999",
            "18446744073709551615",
        ]);
        assert_eq!(database.table("one").await, [expected]);

        let bits = [-0.0, f64::MIN, f64::MAX, f64::from_bits(1), 0.1, 9_007_199_254_740_993.0];
        database.batch("DELETE FROM one").await;
        for (id, double) in bits.into_iter().enumerate() {
            let values = [Datum::Int(i64::try_from(id).unwrap()), Datum::Double(double)];
            assert_eq!(database.execute("INSERT INTO one (id, twice) VALUES (?, ?)", &values).await, 1);
        }
        let found = database.query("SELECT twice FROM one ORDER BY id").await;
        let seen = bits.map(|double| if double == 0.0 { 0.0 } else { double });
        assert_eq!(found, seen.map(|double| row([&double.to_string()])));
    });
}

#[test]
fn what_is_left_in_a_connection_is_found_on_mariadb() {
    tests::run(|database: MariaDb| async move {
        database.batch("CREATE TABLE one (id BIGINT PRIMARY KEY)").await;
        database.assert_nothing_left().await;
        for (left, found, cleaned) in [
            ("BEGIN", "a transaction", "ROLLBACK"),
            ("BEGIN; INSERT INTO one VALUES (1)", "Table metadata lock one", "ROLLBACK"),
            ("DO GET_LOCK('ours', 1)", "User lock ours", "DO RELEASE_ALL_LOCKS()"),
            ("LOCK TABLES one WRITE", "Table metadata lock one", "UNLOCK TABLES"),
            ("SET @own = 1", "variable own", "SET @own = NULL"),
            ("SET SESSION sql_mode = ''", "SQL_MODE = ", "SET SESSION sql_mode = DEFAULT"),
            ("SET time_zone = '+02:00'", "TIME_ZONE = +02:00", "SET time_zone = DEFAULT"),
            (
                "SET NAMES latin1",
                "CHARACTER_SET_CLIENT = latin1",
                either("SET NAMES utf8mb4", "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci"),
            ),
            ("SET autocommit = 0", "AUTOCOMMIT = OFF", "SET autocommit = 1"),
            (
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                either("TX_ISOLATION = READ-COMMITTED", "TRANSACTION_ISOLATION = READ-COMMITTED"),
                either("SET SESSION tx_isolation = DEFAULT", "SET SESSION transaction_isolation = DEFAULT"),
            ),
            ("CREATE TEMPORARY TABLE own (a INT)", "a temporary table", "DROP TEMPORARY TABLE own"),
        ] {
            let mut connection = database.pool.get_conn().await.unwrap();
            connection.query_drop(left).await.unwrap();
            drop(connection);
            let leftovers = database.leftovers().await;
            assert!(leftovers.iter().any(|left| left == found), "{left}: {found} is not among {leftovers:?}");
            for connection in &mut database.all_connections().await {
                connection.query_drop(cleaned).await.unwrap_or_default();
            }
            database.assert_nothing_left().await;
        }
    });
}

/// Waits until the judge sees this and nothing else: statements and locks are looked at one after the other, so that a
/// connection that ends meanwhile is seen in part.
async fn until_this_is_under_way(database: &MariaDb, expected: &str) {
    let started = Instant::now();
    loop {
        let seen = database.under_way().await;
        if seen == [expected] {
            return;
        }
        assert!(started.elapsed() < LONGEST, "{expected} is not what is seen: {seen:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn what_is_under_way_is_found_on_mariadb() {
    tests::run(|database: MariaDb| async move {
        database.batch("CREATE TABLE one (id BIGINT PRIMARY KEY); INSERT INTO one VALUES (1)").await;
        database.assert_nothing_goes_on(&"nothing").await;
        let holder = database.lock_rows("one").await;
        until_this_is_under_way(&database, "Table metadata lock one").await;
        drop(holder);
        database.assert_nothing_goes_on(&"dropped").await;
        let mut connection = database.connect().await;
        let stop = format!("KILL QUERY {}", connection.id());
        let slow = tokio::spawn(async move { connection.query_drop("SELECT SLEEP(600)").await });
        until_this_is_under_way(&database, "Query: SELECT SLEEP(600)").await;
        database.batch(&stop).await;
        slow.await.unwrap().unwrap_or_default();
        database.assert_nothing_goes_on(&"stopped").await;
    });
}

#[test]
fn tables_and_keys_are_found_on_mariadb() {
    tests::run(|database: MariaDb| async move {
        database
            .batch("CREATE TABLE \"a `b\" (x INT, \"y\"\"\" VARCHAR(9), z INT UNIQUE, PRIMARY KEY (\"y\"\"\", x)); CREATE TABLE \"A `B\" (id INT)")
            .await;
        assert_eq!(database.columns("a `b").await, ["x", "y\"", "z"]);
        assert_eq!(database.columns("missing").await, [""; 0]);
        assert_eq!(database.primary_key("a `b").await, (vec!["y\"".to_owned(), "x".to_owned()], 2));
        for kind in 0..MariaDb::KINDS {
            let columns = [("name", "TEXT NOT NULL"), ("tags", "TEXT[]"), ("note", "TEXT NOT NULL DEFAULT ('a')")];
            database.batch(&MariaDb::table_of_kind(kind, &format!("kind_{kind}"), &columns, &["name"])).await;
        }
        let text = |text: &str| Datum::Text(text.to_owned());
        let fill = format!(
            "INSERT INTO kind_0 (name, tags) VALUES (?, '[]'){}",
            MariaDb::on_conflict("kind_0", &["name"], &["note"])
        );
        // Blanks, case and accents tell keys apart.
        for (name, changed) in [("a", 1), ("a ", 1), ("A", 1), ("á", 1), ("", 1), ("a", 0)] {
            assert_eq!(database.execute(&fill, &[text(name)]).await, changed, "{name:?}");
        }
    });
}
