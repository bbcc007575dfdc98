//! A PostgreSQL cluster of the test's own, in a temporary folder: made by `initdb`, reached by a Unix socket, and gone with the process,
//! however that ends. Where PostgreSQL's programs are not there, the test says so in its output and does not run; where
//! `ROOMKEEPER_ALL_TOOLS` is set, it fails.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// Debian's places of the programs that run a server.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user `nobody`: PostgreSQL does not run as root.
const NOBODY: u32 = 65_534;

/// A cluster whose server runs.
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    databases: AtomicU32,
    environment: Vec<(&'static str, String)>,
    others: Vec<Keeper>,
    /// Stops the server and removes its files at the end.
    keeper: Option<Keeper>,
}

/// Finds the folder of PostgreSQL's programs; tells why `test` does not run where there is none.
pub fn programs(test: &str) -> Option<PathBuf> {
    let mut found: Vec<_> =
        std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|version| version.path()).collect();
    found.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let in_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let folders = found.into_iter().rev().map(|version| version.join("bin")).chain(in_path);
    let programs = folders.into_iter().find(|folder| folder.join("initdb").is_file());
    told(programs, test, "PostgreSQL's programs (Debian's package `postgresql`; elsewhere, have `initdb` in PATH)")
}

/// Finds pgbouncer's program; tells why `test` does not run where there is none.
pub fn pgbouncer(test: &str) -> Option<PathBuf> {
    told(in_path("pgbouncer"), test, "pgbouncer (Debian's package of that name)")
}

/// Finds the program that ends another with the one that started it; tells why `test` does not run where there is none.
pub fn setpriv(test: &str) -> Option<PathBuf> {
    told(in_path("setpriv"), test, "setpriv (Debian's package `util-linux`)")
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn told(found: Option<PathBuf>, test: &str, needs: &str) -> Option<PathBuf> {
    if found.is_none() {
        let why = format!("did not run: {test}: it needs {needs}");
        assert!(std::env::var_os("ROOMKEEPER_ALL_TOOLS").is_none(), "{why}");
        // Past what the test harness keeps back of a test that passes.
        let _ = writeln!(std::io::stderr(), "{why}");
    }
    found
}

impl Cluster {
    /// Makes a cluster and starts its server, with settings beside the usual ones (`FOLDER` is its folder), and with files in there.
    pub fn start(programs: &Path, settings: &[&str], files: &[(&str, &str)]) -> Self {
        Self::start_in(programs, settings, files, Vec::new())
    }

    /// The same in an environment of the server's own.
    pub fn start_in(
        programs: &Path,
        settings: &[&str],
        files: &[(&str, &str)],
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        let mut cluster = Self::at_new_folder(programs);
        cluster.environment = environment;
        for (name, text) in files {
            cluster.put(name, text);
        }
        let data = cluster.data();
        cluster
            .run("initdb", &["-D", &data, "-U", "roomkeeper", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        let mut lines = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nfsync = off\nmax_connections = 200\nshared_buffers = 32MB\n",
            cluster.folder.path().display()
        );
        for setting in settings {
            lines.push_str(&setting.replace("FOLDER", &cluster.folder.path().display().to_string()));
            lines.push('\n');
        }
        cluster.begin(&lines);
        cluster
    }

    /// Makes a cluster that follows this one, a moment behind, until it is told not to.
    pub fn replica(&self) -> Self {
        let mut replica = Self::at_new_folder(&self.programs);
        let (data, from) = (replica.data(), self.folder.path().display().to_string());
        replica.run("pg_basebackup", &["-D", &data, "-h", &from, "-U", "roomkeeper", "-R", "-c", "fast"]);
        replica.begin(&format!("unix_socket_directories = '{}'\n", replica.folder.path().display()));
        replica
    }

    /// A replica gets no more of what its primary commits.
    pub fn stop_following(&self) {
        let address = self.address(5432, "postgres");
        self.sql(&address, "ALTER SYSTEM SET primary_conninfo = ''");
        self.run("pg_ctl", &["-D", &self.data(), "-s", "reload"]);
        while !self.sql(&address, "TABLE pg_stat_wal_receiver").is_empty() {
            std::thread::yield_now();
        }
    }

    /// Makes the primary of a replica.
    pub fn promote(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-s", "promote"]);
    }

    /// Tells whether the server runs.
    pub fn is_up(&self) -> bool {
        self.command("pg_ctl").args(["-D", &self.data(), "status"]).output().unwrap().status.success()
    }

    /// Tells whether the server answers.
    pub fn answers(&self) -> bool {
        let host = self.folder.path().display().to_string();
        self.command("pg_isready").args(["-q", "-h", &host, "-t", "1"]).status().unwrap().success()
    }

    /// Starts the server where it has stopped by itself, and waits until it answers.
    pub fn be_up(&self) {
        while !self.answers() {
            if !self.is_up() {
                let log = self.folder.path().join("log").display().to_string();
                // It may find that it cannot yet.
                let _ = self.command("pg_ctl").args(["-D", &self.data(), "-l", &log, "-w", "-s", "start"]).output();
            }
            std::thread::yield_now();
        }
    }

    /// Carries out SQL that may fail.
    pub fn try_sql(&self, address: &str, sql: &str) {
        let _ = self.command("psql").args(["-X", "-q", "-d", address, "-c", sql]).output().unwrap();
    }

    /// Everything that a database has, as SQL, for a look into a failure.
    pub fn dump(&self, address: &str) -> Vec<u8> {
        self.command("pg_dump").args(["-d", address]).output().unwrap().stdout
    }

    fn at_new_folder(programs: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self {
            programs: programs.to_owned(),
            folder,
            databases: AtomicU32::new(0),
            environment: Vec::new(),
            others: Vec::new(),
            keeper: None,
        }
    }

    /// Adds these settings, and starts the server.
    fn begin(&mut self, settings: &str) {
        let config = self.folder.path().join("data/postgresql.conf");
        let mut file = std::fs::OpenOptions::new().append(true).open(config).unwrap();
        file.write_all(settings.as_bytes()).unwrap();
        self.up();
        let stop = "cat > /dev/null; \"$0\" -D \"$1/data\" -m immediate -w -s stop; rm -rf \"$1\"";
        let mut command = keeping(stop, self.programs.join("pg_ctl").as_os_str());
        self.keeper = Some(Keeper::start(command.arg(self.folder.path())));
    }

    /// Puts a file for the server's eyes alone into its folder.
    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        path
    }

    /// Starts a program that serves beside the server, as the same user; it ends with the cluster, by SIGTERM.
    pub fn beside(&mut self, program: &Path, arguments: &[&str]) {
        let mut command = keeping("\"$0\" \"$@\" & cat > /dev/null; kill $!; wait", program.as_os_str());
        self.others.push(Keeper::start(command.args(arguments)));
    }

    /// Starts a proxy that lends a connection for no longer than a transaction; tells the folder of its socket.
    pub fn start_proxy(&mut self, program: &Path) -> PathBuf {
        let (server, proxy) = (self.folder.path().display().to_string(), self.make_folder("proxy"));
        self.put("users", "\"roomkeeper\" \"\"\n");
        let config = self.put(
            "proxy.ini",
            &format!(
                "[databases]\n* = host={server}\n[pgbouncer]\npool_mode = transaction\nlisten_addr =\nlisten_port = 5432\n\
                 unix_socket_dir = {}\nauth_type = trust\nauth_file = {server}/users\nmax_client_conn = 500\n\
                 default_pool_size = 3\nlogfile = {server}/proxy.log\n",
                proxy.display()
            ),
        );
        self.beside(program, &["-q", &config.display().to_string()]);
        while !proxy.join(".s.PGSQL.5432").exists() {
            std::thread::yield_now();
        }
        proxy
    }

    /// Starts the server, and waits until it answers.
    pub fn up(&self) {
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-s", "start"]);
    }

    /// Stops the server as a crash does.
    pub fn down(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "-s", "stop"]);
    }

    /// Makes a database, and tells its address.
    pub fn database(&self) -> String {
        self.database_at(5432)
    }

    /// The same of a server that has another port.
    pub fn database_at(&self, port: u16) -> String {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let host = self.folder.path().display().to_string();
        self.run("createdb", &["-h", &host, "-p", &port.to_string(), "-U", "roomkeeper", &name]);
        self.address(port, &name)
    }

    /// The address of the first database that was made.
    pub fn first_database(&self) -> String {
        self.address(5432, "d0")
    }

    fn address(&self, port: u16, name: &str) -> String {
        format!("postgres://roomkeeper@{}:{port}/{name}", self.folder.path().display().to_string().replace('/', "%2F"))
    }

    /// Makes a folder for a program beside the server.
    pub fn make_folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        path
    }

    /// The folder of its socket.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Carries out SQL in a database; tells what it answers, a line a row.
    pub fn sql(&self, address: &str, sql: &str) -> String {
        let output = self.command("psql").args(["-X", "-q", "-A", "-t", "-d", address, "-c", sql]).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.stdin(Stdio::null()).current_dir(self.folder.path()).env("LC_ALL", "C");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        // A server inherits what its starter has: nothing that anybody waits for.
        let log = std::fs::File::create(self.folder.path().join(format!("{program}.out"))).unwrap();
        let status =
            self.command(program).args(arguments).stdout(log.try_clone().unwrap()).stderr(log).status().unwrap();
        let told = std::fs::read_to_string(self.folder.path().join(format!("{program}.out"))).unwrap();
        assert!(status.success(), "{program}: {told}");
    }
}

/// A program that serves as long as this lives.
struct Keeper {
    child: Child,
    input: Option<ChildStdin>,
}

impl Keeper {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        Self { child, input }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// A line of shell that goes on once no process holds the other end of its input, however the process that held it has ended.
fn keeping(line: &str, first: &OsStr) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .arg(first)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        // It outlives a signal from the terminal that ends the test.
        .process_group(0);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
