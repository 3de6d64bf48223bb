//! MariaDB: a server of our own in its default configuration, reached through a socket in its folder.

mod bulk;
mod by_hand;
mod server;
mod setting;
mod small;

pub(crate) use bulk::bulk;
pub(crate) use small::small;
