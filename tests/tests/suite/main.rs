//! What holds for each database, and what only one of them has. One program, so that it is linked once, asks for one server,
//! and one test waits while another works. What measures time, or memory, has programs of its own.

mod column_types;
mod conflicts;
mod crowds;
mod ddl_race;
mod deferred_indexes;
mod doors;
mod equivalence;
mod evolve;
mod evolve_edges;
mod evolve_hostile;
mod fidelity;
mod judges;
mod labels_hostile;
mod looks;
mod mariadb_bulk;
mod mariadb_foreign;
mod mariadb_hostile;
mod mariadb_only;
mod misfits;
mod names;
mod postgres_foreign;
mod postgres_only;
mod refused_rows;
mod round_trips;
mod snapshots;
mod sqlite_hostile;
mod sqlite_only;
mod sqlite_options;
mod table_parts;
