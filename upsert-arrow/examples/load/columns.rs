//! What the flags say of columns, held against those that the file has.

use upsert::frame::FrameColumn;

use crate::Mistake;
use crate::arguments::Arguments;
use crate::nearest::did_you_mean;

/// All that is wrong, a sentence a line.
pub(crate) fn check(arguments: &Arguments, columns: &[FrameColumn]) -> Result<(), Mistake> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let said = arguments.of_columns();
    let mut mistakes = Vec::new();
    for (number, (flag, name)) in said.iter().enumerate() {
        if !names.contains(name) {
            mistakes.push(not_there(arguments, flag, name, &names));
        } else if said[..number].contains(&(*flag, *name)) {
            mistakes.push(format!("{flag} names `{name}` twice"));
        } else if *flag == "--key" && arguments.skipped.iter().any(|skipped| skipped == name) {
            mistakes.push(format!("--key names `{name}`, which --skip leaves out"));
        }
    }
    mistakes.extend(same_names(arguments, &names));
    if mistakes.is_empty() { Ok(()) } else { Err(Mistake(mistakes.join("\n"))) }
}

fn not_there(arguments: &Arguments, flag: &str, name: &str, names: &[&str]) -> String {
    if name.is_empty() {
        return format!("{flag} names a column without a name");
    }
    if let Some((column, _)) = arguments.renamed.iter().find(|(_, renamed)| renamed == name) {
        return format!("{flag} names `{name}`, and columns are named as in the file: {column}");
    }
    let meant = match did_you_mean(name, names.iter().copied()) {
        meant if meant.is_empty() => format!(" (it has {})", names.join(", ")),
        meant => meant,
    };
    format!("{flag} names `{name}`, which is no column of the file{meant}")
}

/// Columns that would come to the same name by `--rename`.
fn same_names(arguments: &Arguments, names: &[&str]) -> Vec<String> {
    let renamed = |name: &str| arguments.renamed.iter().find(|(column, _)| column == name);
    let is_skipped = |name: &str| arguments.skipped.iter().any(|skipped| skipped == name);
    let kept = names.iter().filter(|name| !is_skipped(name));
    let written: Vec<(&str, &str)> = kept.map(|name| (*name, renamed(name).map_or(*name, |(_, to)| to))).collect();
    let each = arguments.renamed.iter().filter_map(|(column, to)| {
        let (other, _) = written.iter().find(|(other, name)| name == to && other != column && !is_skipped(column))?;
        match renamed(other) {
            None => Some(format!(
                "--rename {column}={to} gives it the name of another column of the file: --rename {other}=… as well, or --skip {other}"
            )),
            // Of the two, it is told once.
            Some(_) => (column < &(*other).to_owned())
                .then(|| format!("--rename gives {column} and {other} the same name, {to}")),
        }
    });
    each.collect()
}
