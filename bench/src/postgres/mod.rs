//! PostgreSQL: a server of our own in its default configuration, reached through a socket in its folder.

mod bulk;
pub(crate) mod copy_file;
mod psql;
mod server;
mod setting;
mod small;

pub(crate) use bulk::bulk;
pub(crate) use server::Server;
pub(crate) use setting::Setting;
pub(crate) use small::small;
