//! `cargo upsert snapshot`: looks at tables, and writes one file for each, which `#[upsert(snapshot)]` holds a struct against
//! where it is compiled.
//!
//! ```text
//! cargo upsert snapshot --database postgres://user:password@host/name --table weather --table station
//! cargo upsert snapshot --database my.sqlite --check
//! ```

mod arguments;
mod database;
mod files;
mod nearest;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use upsert::ErrorKind;
use upsert::backend::AsyncBackend;
use upsert::snapshot::TableSnapshot;

use crate::arguments::{Arguments, Asked, USAGE};
use crate::database::Database;
use crate::files::Outcome;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(Asked::Snapshot(arguments)) => arguments,
        Ok(Asked::Help) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("{mistake}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match snapshot(&arguments).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(words) = error.downcast_ref().and_then(upsert::Error::database_message) {
                eprintln!("the database says: {words}");
            }
            ExitCode::from(2)
        }
    }
}

async fn snapshot(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let directory = files::directory(arguments)?;
    let database = Database::open(&arguments.database)?;
    let folder = directory.join(files::folder(database.dialect()));
    let mut outcomes = Vec::new();
    for arguments in each_schema(&folder, arguments)? {
        let snapshots = take(&database, &folder, &arguments).await.map_err(in_words)?;
        if snapshots.is_empty() && arguments.tables.is_empty() {
            let here = arguments.schema.map_or_else(String::new, |schema| format!(" in the schema `{schema}`"));
            return Err(format!(
                "there is no table{here}: is it the right database, or are they in another schema (--schema)?"
            )
            .into());
        }
        outcomes.extend(if arguments.check {
            files::check(&folder, &snapshots, &arguments)?
        } else {
            files::write(&folder, &snapshots, &arguments)?
        });
    }
    for (path, outcome) in &outcomes {
        println!("{}: {outcome}", path.display());
    }
    let is_as_written = outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Unchanged));
    Ok(if arguments.check && !is_as_written { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is asked of each schema: whoever checks all that is kept checks what was taken with `--schema` as well.
fn each_schema(folder: &Path, arguments: &Arguments) -> Result<Vec<Arguments>, Failure> {
    let is_whole = arguments.check && arguments.schema.is_none() && arguments.tables.is_empty();
    let schemas = if is_whole { files::schemas(folder)? } else { Vec::new() };
    let has_own = schemas.is_empty() || !files::named(folder, arguments)?.is_empty();
    let own = has_own.then(|| arguments.clone());
    let others = schemas.into_iter().map(|schema| Arguments { schema: Some(schema), ..arguments.clone() });
    Ok(own.into_iter().chain(others).collect())
}

/// Looks at the tables.
async fn take(database: &Database, folder: &Path, arguments: &Arguments) -> Result<Vec<TableSnapshot>, Failure> {
    match database {
        Database::Sqlite(pool) => all(pool, folder, arguments).await,
        Database::Postgres(pool) => all(pool, folder, arguments).await,
        Database::MySql(pool) => all(pool, folder, arguments).await,
    }
}

/// The tables that were named; or all of the schema, and those that have a file already.
async fn all<'p, P: AsyncBackend + Copy + 'p>(
    place: P,
    folder: &Path,
    arguments: &Arguments,
) -> Result<Vec<TableSnapshot>, Failure> {
    if !arguments.tables.is_empty() {
        return those_named(place, folder, arguments).await;
    }
    let schema = arguments.schema.as_deref();
    let mut all = upsert::snapshot(place, schema, &[]).await?;
    for name in files::named(folder, arguments)? {
        if all.iter().any(|snapshot| snapshot.table == name) {
            continue;
        }
        match upsert::snapshot(place, schema, &[&name]).await {
            Ok(one) => all.extend(one),
            Err(error) if error.kind() == ErrorKind::MissingTable => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(all)
}

/// The tables that were named. Of one that is gone and has a file, that is what is to be told, or put right.
async fn those_named<'p, P: AsyncBackend + Copy + 'p>(
    place: P,
    folder: &Path,
    arguments: &Arguments,
) -> Result<Vec<TableSnapshot>, Failure> {
    let schema = arguments.schema.as_deref();
    let mut those = Vec::new();
    for table in &arguments.tables {
        match upsert::snapshot(place, schema, &[table]).await {
            Ok(one) => those.extend(one),
            Err(error) if error.kind() != ErrorKind::MissingTable => return Err(error.into()),
            Err(_) if (arguments.check || arguments.prune) && files::path(folder, table, arguments).exists() => {}
            Err(_) => {
                let all = upsert::snapshot(place, schema, &[]).await?;
                let meant = nearest::nearest(table, all.iter().map(|snapshot| snapshot.table.as_str()));
                let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
                let here = schema.map_or_else(String::new, |schema| format!(" in the schema `{schema}`"));
                return Err(format!(
                    "there is no table `{table}`{here}{meant}\nIf it is in another schema, name that with --schema."
                )
                .into());
            }
        }
    }
    Ok(those)
}

/// What to do about an error that the library cannot say, which knows nothing of this program.
fn in_words(error: Failure) -> Failure {
    match error.downcast_ref().map(upsert::Error::kind) {
        Some(ErrorKind::Pool) => format!(
            "{error}\nIs the server running, and are user, password, host and name right? (There is no TLS here: a server that \
             asks for it does not let this in.)"
        )
        .into(),
        _ => error,
    }
}
