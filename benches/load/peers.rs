//! Clients in other languages that make the same meetings, with neither a journal nor a look: a Python client with aiohttp and one in
//! Node with undici. What they need comes from the registries of both languages into a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::office::Far;

/// A client, where it is had.
pub struct Peer {
    pub name: &'static str,
    /// The part of it that an import is to reach.
    pub reach: &'static str,
    pub client: Option<Client>,
}

/// A program and the script that it runs.
pub struct Client {
    program: PathBuf,
    script: PathBuf,
}

impl Client {
    /// Makes a meeting of each row of a file.
    pub fn command(&self, far: &Far, file: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(&self.script).arg(far.url()).arg(file).stdout(Stdio::null());
        command
    }
}

/// The client in Python.
pub fn aiohttp(folder: &Path) -> Peer {
    let client = || {
        let (environment, script) = (folder.join("python"), folder.join("client.py"));
        fs::write(&script, include_str!("../peers/client.py")).unwrap();
        fs::write(folder.join("requirements.txt"), include_str!("../peers/requirements.txt")).unwrap();
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let packages = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
        let program = environment.join("bin/python");
        succeeds(Command::new(&program).args(packages).current_dir(folder))?;
        Some(Client { program, script })
    };
    Peer { name: "aiohttp", reach: ">= 2.8", client: client() }
}

/// The client in Node.
pub fn undici(folder: &Path) -> Peer {
    let client = || {
        let folder = folder.join("node");
        fs::create_dir(&folder).unwrap();
        let script = folder.join("client.mjs");
        fs::write(&script, include_str!("../peers/client.mjs")).unwrap();
        fs::write(folder.join("package.json"), include_str!("../peers/package.json")).unwrap();
        succeeds(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder))?;
        Some(Client { program: PathBuf::from("node"), script })
    };
    Peer { name: "undici", reach: ">= 1.2", client: client() }
}

/// Runs a program; `None` where it is not there or fails.
fn succeeds(command: &mut Command) -> Option<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success()).then_some(())
}
