//! The journal in PostgreSQL, from the front door: what is said at the start, and what becomes of an import whose process, whose
//! connections or whose server are killed. Nothing is made twice, and nothing is left out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

#[path = "../support/postgres.rs"]
mod cluster;
mod copying;
mod exporting;
#[path = "../support/http.rs"]
mod http;
mod killed;
mod nodes;
mod online;
mod rate;
mod results;
mod said;
mod scene;
#[path = "../support/site/mod.rs"]
mod site;

use std::sync::OnceLock;

use self::cluster::Cluster;
use self::site::Site;

/// The cluster of those tests that leave its server as it is.
fn cluster(test: &str) -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let programs = cluster::programs(test)?;
    Some(CLUSTER.get_or_init(|| Cluster::start(&programs, &[], &[])))
}

/// A site whose journal is in a database of its own; tells its address, too.
fn site(cluster: &Cluster, tables: &str) -> (Site, String) {
    let (site, address) = (Site::new(tables), cluster.database());
    site.configure(&tables_with(&address, tables));
    (site, address)
}

fn tables_with(address: &str, tables: &str) -> String {
    format!("timeout = \"1s\"\n[state]\njournal = \"{address}\"\n{tables}")
}
