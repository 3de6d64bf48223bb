//! What is left when something breaks: connections that are cut, servers and programs that are killed, disks that are full.

mod cut_connections;
mod cut_lent;
mod disk_full;
mod killed_loads;
mod mariadb_faults;
mod pgbouncer;
mod pgbouncer_faults;
mod server_death;
