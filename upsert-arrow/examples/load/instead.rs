//! The library speaks of its methods, and of structs and their attributes. Here there are options, and a file.

/// What the library says, and what is said instead.
const INSTEAD: [(&str, &str); 23] = [
    ("`UpsertOptions::create_table` creates it", "without --no-create it is created"),
    ("`UpsertOptions::create_schema`", "--create-schema"),
    ("`UpsertOptions::add_columns`", "--add-columns"),
    ("`UpsertOptions::widen`", "--widen"),
    ("`UpsertOptions::rebuild_table`", "--rebuild-table"),
    ("`UpsertOptions::conflict_target`", "--key"),
    ("with `UpsertOptions::schema`, or by `schema = \"…\"` on the struct or `FrameTable::schema`", "or with --schema"),
    ("`UpsertOptions::schema`", "--schema"),
    (
        "`ATTACH` it to the connection (to each one of a pool, in `SqlitePool::open_with`), or leave `schema` out",
        "leave --schema out",
    ),
    ("write them with `OnConflict::Update`", "leave --ignore out"),
    ("`column = \"…\"` on the field or `FrameTable::rename`", "--rename"),
    ("`with = \"…\"` on the field or `FrameTable::column_type`", "--type"),
    (", or has a `default` that is not given", ""),
    (
        "make the field an `Option` (a frame's column: `FrameTable::nullable`), give it a `default = \"…\"`, or add",
        "add",
    ),
    ("`skip`", "--skip"),
    ("`max_len`", "--max-len"),
    ("`max_len = 0`", "--max-len 0"),
    (", or one column of many (of fields, by `#[upsert(json)]`)", ", or leave some out, by --skip"),
    (" (a field of a struct does so by `#[upsert(with = \"upsert::with::TruncateToMicros\")]`)", ""),
    (" (of a struct's enum, `diff` tells all that it lacks)", ""),
    ("rename or leave out all but one", "name them apart there, or leave them out, by --skip"),
    ("the frame", "the file"),
    ("its own words, which may quote values, are in `database_message()`", "its own words are below"),
];

/// The same in words of options.
pub(crate) fn in_options(message: &str) -> String {
    INSTEAD.iter().fold(message.to_owned(), |message, (said, instead)| message.replace(said, instead))
}
