//! Packages whose structs are held against snapshots: what is compiled, what is not, and what is compiled anew; and packages of other
//! kinds than ours.

mod other_crates;
mod round_trips;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tests::loading::Place;
use tests::mariadb_server::either;
use tests::source_files::root;
use tests::{Database, MariaDb, Postgres, Sqlite, figure, run};
use upsert::change::Severity;
use upsert::{Dialect, UpsertOptions};

mod own {
    use upsert::Upsertable;

    // Held against the table itself here.
    #[derive(Clone, Copy, Debug, upsert::ColumnValue)]
    #[expect(dead_code, reason = "no row is written")]
    pub enum Stage {
        Packed,
        Sent,
    }

    #[derive(Clone, Debug, Upsertable)]
    pub struct Parcel {
        #[upsert(primary_key)]
        pub id: i64,
        #[upsert(max_len = 20, unique)]
        pub code: String,
        pub weight: Option<f64>,
        pub pieces: i32,
        #[upsert(default = "'new'", max_len = 9)]
        pub state: Option<String>,
        pub stage: Option<Stage>,
        #[upsert(generated = "pieces * 2")]
        pub doubled: Option<i64>,
    }

    #[derive(Clone, Debug, Upsertable)]
    #[upsert(conflict_target(code))]
    pub struct Ticket {
        #[upsert(primary_key, identity)]
        pub id: Option<i64>,
        #[upsert(max_len = 9)]
        pub code: String,
        #[upsert(generated = "1")]
        pub doubled: Option<i64>,
    }
}
use own::{Parcel, Ticket};

#[test]
fn one_change_of_a_table_is_found_by_the_compiler_as_by_the_look_on_postgres() {
    run(one_change_is_found::<Postgres>);
}

#[test]
fn one_change_of_a_table_is_found_by_the_compiler_as_by_the_look_on_sqlite() {
    run(one_change_is_found::<Sqlite>);
}

#[test]
fn one_change_of_a_table_is_found_by_the_compiler_as_by_the_look_on_mariadb() {
    run(one_change_is_found::<MariaDb>);
}

/// A change of the table, and what is named: the column, or the column of the key.
fn changes(dialect: Dialect) -> Vec<(&'static str, &'static str)> {
    let mut changes = vec![
        ("ALTER TABLE parcel DROP COLUMN weight", "weight"),
        ("ALTER TABLE parcel ADD COLUMN must INTEGER NOT NULL", "must"),
    ];
    match dialect {
        Dialect::Postgres => changes.extend([
            ("ALTER TABLE parcel ALTER weight TYPE text", "weight"),
            ("ALTER TABLE parcel ALTER weight TYPE real", "weight"),
            ("ALTER TABLE parcel ALTER id TYPE integer", "id"),
            ("ALTER TABLE parcel ALTER weight SET NOT NULL", "weight"),
            ("ALTER TABLE parcel ALTER code TYPE varchar(10)", "code"),
            ("ALTER TABLE parcel DROP CONSTRAINT parcel_pkey", "id"),
            ("ALTER TABLE parcel DROP COLUMN weight; ALTER TABLE parcel ADD weight float8 GENERATED ALWAYS AS (1) STORED", "weight"),
            ("ALTER TABLE parcel ALTER doubled DROP EXPRESSION", "doubled"),
            ("ALTER TABLE parcel DROP CONSTRAINT parcel_stage_check, ADD CHECK (stage IN ('packed'))", "stage"),
        ]),
        Dialect::MySql => changes.extend([
            ("ALTER TABLE parcel MODIFY weight longtext", "weight"),
            ("ALTER TABLE parcel MODIFY weight float", "weight"),
            ("ALTER TABLE parcel MODIFY id int NOT NULL", "id"),
            ("ALTER TABLE parcel MODIFY weight double NOT NULL", "weight"),
            (either(
                "ALTER TABLE parcel MODIFY code varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL",
                "ALTER TABLE parcel MODIFY code varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL",
            ), "code"),
            ("ALTER TABLE parcel DROP PRIMARY KEY", "id"),
            ("ALTER TABLE parcel DROP COLUMN weight; ALTER TABLE parcel ADD weight double AS (1) STORED", "weight"),
            ("ALTER TABLE parcel MODIFY stage enum('packed') CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin", "stage"),
        ]),
        _ => {
            changes.retain(|(_, column)| *column != "must");
            changes.extend([
                ("ALTER TABLE parcel DROP COLUMN weight; ALTER TABLE parcel ADD COLUMN weight BLOB", "weight"),
                ("ALTER TABLE parcel DROP COLUMN weight; ALTER TABLE parcel ADD COLUMN weight REAL NOT NULL DEFAULT 0", "weight"),
                ("ALTER TABLE parcel DROP COLUMN weight; ALTER TABLE parcel ADD COLUMN weight REAL AS (1)", "weight"),
                ("ALTER TABLE parcel DROP COLUMN stage; ALTER TABLE parcel ADD COLUMN stage TEXT CHECK (stage IN ('packed'))", "stage"),
                ("DROP TABLE parcel; CREATE TABLE parcel (id INTEGER NOT NULL, code TEXT NOT NULL UNIQUE, weight REAL, pieces INTEGER NOT NULL, state TEXT DEFAULT 'new', stage TEXT, doubled INTEGER AS (pieces * 2) STORED)", "id"),
            ]);
        }
    }
    changes
}

async fn one_change_is_found<D: Database>(database: D) {
    let package = Package::new(&format!("parcel_{}", D::NAME), PARCEL);
    let folder = match D::DIALECT {
        Dialect::Postgres => "postgres",
        Dialect::MySql => "mysql",
        _ => "sqlite",
    };
    let file = package.file(&format!("upsert-snapshots/{folder}/parcel.snapshot"));
    let changes = changes(D::DIALECT);
    for (change, column) in [("SELECT 1", "")].into_iter().chain(changes.iter().copied()) {
        database.batch("DROP TABLE IF EXISTS parcel").await;
        database.migrate::<Parcel>(Place::Pool, UpsertOptions::new().create_table()).await.unwrap();
        database.batch(change).await;
        let snapshot = database.snapshot(&["parcel"]).await.remove(0);
        write(&file, &snapshot.to_string());
        let said = package.check();
        let differences = database.diff::<Parcel>(Place::Pool, UpsertOptions::new()).await.unwrap();
        let matter: Vec<String> =
            differences.iter().filter(|one| one.severity() > Severity::Note).map(ToString::to_string).collect();
        if column.is_empty() {
            assert!(said.status.success() && matter.is_empty(), "{}\n{matter:?}", stderr(&said));
            continue;
        }
        // Each names exactly this column.
        assert!(!said.status.success(), "{change}: it compiles");
        let errors = stderr(&said).matches("in its snapshot of").count();
        assert_eq!(errors, 1, "{change}: {}", stderr(&said));
        let named = [format!("column `{column}`"), format!("exactly `{column}`")];
        assert!(named.iter().any(|name| stderr(&said).contains(name)), "{change}: {}", stderr(&said));
        assert_eq!(matter.len(), 1, "{change}: {matter:?}");
        assert!(matter[0].contains(&format!("`{column}`")), "{change}: {matter:?}");
        let is_refused = differences.iter().any(|one| one.severity() == Severity::Refused);
        let verified = database.verify::<Parcel>(Place::Pool, UpsertOptions::new()).await;
        assert_eq!(verified.is_err(), is_refused, "{change}: {verified:?}");
        if let Err(error) = verified {
            assert!(error.to_string().contains(&format!("`{column}`")), "{change}: {error}");
        }
    }
    figure(format!("snapshot_changes_found_{}", D::NAME), changes.len());
}

const PARCEL: &str = include_str!("parcel.rs");
const TICKET: &str = "#[derive(Upsertable)] #[upsert(snapshot, conflict_target(code))] pub struct Ticket {
    #[upsert(primary_key, identity)] pub id: Option<i64>, pub code: String, #[upsert(generated = \"1\")] pub doubled: Option<i64> }";
const STATION: &str =
    "#[derive(Upsertable)] #[upsert(snapshot)] pub struct Station { #[upsert(primary_key)] pub id: i64 }";
const SNAPSHOT: &str =
    "table \"station\" on sqlite { column \"id\" \"INTEGER\" not_null takes(BigInt); key \"id\"; }\n";

/// Whoever builds the package itself is told; whoever depends on it is not.
#[test]
fn a_folder_that_is_missing_is_an_error_in_the_package_itself() {
    let package = Package::new("station_without", STATION);
    let said = package.check();
    assert!(!said.status.success());
    assert!(stderr(&said).contains("cargo upsert snapshot --database URL --table station"), "{}", stderr(&said));

    let user = Package::new("user_of_station", "pub use station_without::Station;");
    user.depend_on(&package);
    let said = user.check();
    assert!(said.status.success(), "{}", stderr(&said));

    // Once there is a folder, whoever depends on it is told as well. (That it is new, cargo does not see.)
    write(&package.file("upsert-snapshots/sqlite/other.snapshot"), SNAPSHOT);
    write(&package.file("src/lib.rs"), &format!("use upsert::Upsertable;\n{STATION}\n"));
    let said = user.check();
    assert!(
        stderr(&said).contains("there is no snapshot `upsert-snapshots/sqlite/station.snapshot`"),
        "{}",
        stderr(&said)
    );
}

#[test]
fn a_snapshot_that_is_touched_is_compared_again() {
    let package = Package::new("station_touched", STATION);
    let file = package.file("upsert-snapshots/sqlite/station.snapshot");
    write(&file, SNAPSHOT);
    let built = |said: &Output| stderr(said).contains("Checking station_touched");
    assert!(built(&package.check()));
    assert!(!built(&package.check()), "there is nothing to do");
    write(&file, SNAPSHOT);
    let said = package.check();
    assert!(said.status.success() && built(&said), "{}", stderr(&said));
    write(&file, &SNAPSHOT.replace("takes(BigInt)", "takes(Text)"));
    let said = package.check();
    assert!(!said.status.success() && stderr(&said).contains("column `id` of type INTEGER"), "{}", stderr(&said));
}

/// A call takes it, so the compiler does.
#[test]
fn a_column_that_is_always_numbered_is_an_identity_on_postgres() {
    run(async |database: Postgres| {
        database
            .batch(
                "CREATE TABLE ticket (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE,
                     doubled bigint GENERATED ALWAYS AS (1) STORED)",
            )
            .await;
        let package = Package::new("ticket", TICKET);
        let snapshot = database.snapshot(&["ticket"]).await.remove(0);
        write(&package.file("upsert-snapshots/postgres/ticket.snapshot"), &snapshot.to_string());
        let said = package.check();
        assert!(said.status.success(), "{}", stderr(&said));
        assert!(database.verify::<Ticket>(Place::Pool, UpsertOptions::new()).await.is_ok());
        // What is computed otherwise takes no value.
        package.replace("src/lib.rs", "#[upsert(generated = \"1\")]", "");
        let said = stderr(&package.check());
        assert!(said.contains("computes the column `doubled`") && !said.contains("`id`"), "{said}");
    });
}

/// What is published is compared where it is compiled: the snapshots are part of it.
/// What is packed is built by itself, as `cargo package` does where all that it depends on is published.
#[test]
fn snapshots_are_part_of_a_package() {
    let package = Package::new("station_packed", STATION);
    write(&package.file("upsert-snapshots/sqlite/station.snapshot"), SNAPSHOT);
    let listed = package.cargo(&["package", "--list", "--allow-dirty", "--offline"]);
    let files = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(files.lines().any(|file| file == "upsert-snapshots/sqlite/station.snapshot"), "{files}{}", stderr(&listed));

    let packed = Package { name: package.name.clone(), home: tempfile::tempdir().unwrap() };
    for file in files.lines().filter(|file| package.file(file).is_file()) {
        write(&packed.file(file), &std::fs::read_to_string(package.file(file)).unwrap());
    }
    assert!(packed.check().status.success(), "{}", stderr(&packed.check()));
    packed.replace("upsert-snapshots/sqlite/station.snapshot", "takes(BigInt)", "takes(Text)");
    let told = stderr(&packed.check());
    assert!(told.contains("column `id` of type INTEGER"), "{told}");
}

/// A package in a folder of its own, which depends on the library by its path.
struct Package {
    name: String,
    home: tempfile::TempDir,
}

impl Package {
    fn new(name: &str, source: &str) -> Self {
        let package = Self { name: name.to_owned(), home: tempfile::tempdir().unwrap() };
        let library = root().display();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             upsert = {{ path = \"{library}\", version = \"*\" }}\n"
        );
        write(&package.file("Cargo.toml"), &manifest);
        let uses = if source.contains("Upsertable") && !source.contains("::Upsertable") {
            "use upsert::Upsertable;\n"
        } else {
            ""
        };
        write(&package.file("src/lib.rs"), &format!("{uses}{source}"));
        // What the workspace was locked to is at hand.
        std::fs::copy(root().join("Cargo.lock"), package.file("Cargo.lock")).unwrap();
        package
    }

    fn file(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.file(path)).unwrap();
        write(&self.file(path), &text.replace(from, to));
    }

    fn depend_on(&self, other: &Self) {
        let manifest = std::fs::read_to_string(self.file("Cargo.toml")).unwrap();
        let line = format!("{} = {{ path = \"{}\" }}\n", other.name, other.home.path().display());
        write(&self.file("Cargo.toml"), &format!("{manifest}{line}"));
    }

    fn check(&self) -> Output {
        self.cargo(&["check", "--offline"])
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(self.home.path()).args(arguments);
        // Those of the cases of `ui` are none of it, and all packages share what they have in common.
        cargo
            .env_remove("UPSERT_SNAPSHOTS")
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages"));
        cargo.output().expect("cargo can be started")
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).unwrap();
    std::fs::write(path, text).unwrap();
}
