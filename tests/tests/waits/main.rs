//! What waits most of the time: silent networks, deadlines, commits without an answer. One program, so that they wait together.

mod black_holes;
mod black_holes_mariadb;
mod deadlines;
mod deadlines_mariadb;
mod deadlines_postgres;
mod deadlines_sqlite;
mod outcomes;
