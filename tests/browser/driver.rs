//! Drives a real Chromium by the `WebDriver` protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// axe-core, as `fetch-axe` gets it.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/axe-core-4.11.0.js");

/// A browser with a window.
pub(crate) struct Browser {
    driver: Driver,
    session: String,
    axe: String,
}

/// The program that drives it.
struct Driver {
    child: Child,
    port: u16,
    /// The pipe is kept open, so that it may go on to say something.
    _says: BufReader<ChildStdout>,
    /// What it and its browser leave behind lies here.
    _folder: TempDir,
}

/// The width and the colours by which a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) is_dark: bool,
}

/// The two widths and colour schemes.
pub(crate) const LOOKS: [Look; 4] = [
    Look { width: 1280, is_dark: false },
    Look { width: 1280, is_dark: true },
    Look { width: 360, is_dark: false },
    Look { width: 360, is_dark: true },
];

/// Drivers that are tried before the test fails.
const STARTS: u32 = 3;

impl Driver {
    /// Starts it on a port that it finds itself, and waits until it listens there.
    fn start() -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut says = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert!(says.read_line(&mut line)? > 0, "chromedriver ended before it listened");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim().trim_end_matches('.').parse().unwrap();
            }
        };
        Ok(Self { child, port, _says: says, _folder: folder })
    }

    /// Opens a window.
    fn session(&self) -> std::io::Result<String> {
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
        ];
        let wanted = json!({ "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } });
        let made = self.call("POST", "/session", &json!({ "capabilities": wanted }))?;
        Ok(made["sessionId"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned())
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_mins(3)))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all((head + &body).as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        assert!(answer["value"]["error"].is_null(), "{path}: {}", answer["value"]["message"]);
        Ok(answer["value"].clone())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Starts one; `None` where there is none here, and says so.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let lacking = |what: &str| {
            assert!(std::env::var_os("ROOMKEEPER_ALL_TOOLS").is_none(), "{what} is not there");
            // Past what catches the output of tests that pass.
            let _ = writeln!(
                std::io::stderr().lock(),
                "NOT RUN: {test}, for {what} is not there (CONTRIBUTING.md says how to get it)"
            );
        };
        let Ok(axe) = std::fs::read_to_string(AXE) else {
            lacking("axe-core");
            return None;
        };
        // A driver that goes away before it has a window is started anew: what is tested is the page.
        let mut browser = None;
        for _ in 0..STARTS {
            let Ok(driver) = Driver::start() else {
                lacking("chromedriver");
                return None;
            };
            match driver.session() {
                Ok(session) => {
                    browser = Some(Self { driver, session, axe: axe.clone() });
                    break;
                }
                Err(error) => drop(writeln!(std::io::stderr().lock(), "the driver gave no window: {error}")),
            }
        }
        let Some(browser) = browser else { panic!("no driver gave a window") };
        // A busy machine takes its time over a page of sixty jobs.
        browser.ask("POST", "/timeouts", &json!({ "script": 170_000, "pageLoad": 170_000 }));
        Some(browser)
    }

    /// Opens a page.
    pub(crate) fn open(&self, url: &str) {
        self.ask("POST", "/url", &json!({ "url": url }));
    }

    /// Looks at pages in that way from here on.
    pub(crate) fn look(&self, look: Look) {
        let scheme = if look.is_dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.protocol("Emulation.setEmulatedMedia", &media);
        let size = json!({ "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.protocol("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Runs a script in the page, and returns what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })])
            .collect();
        self.ask("POST", "/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] }));
    }

    /// Everything that axe-core finds against the page, but for these rules.
    pub(crate) fn faults(&self, but_for: &[&str]) -> Vec<String> {
        let rules: serde_json::Map<_, _> =
            but_for.iter().map(|rule| ((*rule).to_owned(), json!({ "enabled": false }))).collect();
        let script = format!(
            "const done = arguments[0]; {};\n\
             axe.run(document, {{ rules: {}, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }})\n\
               .then(found => done(found.violations.map(fault => fault.id + ': ' + fault.help + ': '\n\
                 + fault.nodes.slice(0, 3).map(node => node.html + ' ' + node.failureSummary).join(' | '))),\n\
                 error => done(['axe: ' + error]));",
            self.axe,
            Value::Object(rules)
        );
        let found = self.ask("POST", "/execute/async", &json!({ "script": script, "args": [] }));
        let faults = found.as_array().unwrap_or_else(|| panic!("{found}"));
        faults.iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
    }

    /// The page as a picture (PNG), as tall as it is, but no taller than this.
    pub(crate) fn picture(&self, most: u32) -> Vec<u8> {
        let height = self.run("return document.documentElement.scrollHeight").as_u64().unwrap();
        let width = self.run("return window.innerWidth").as_u64().unwrap();
        let height = height.min(u64::from(most));
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let shot = self.protocol("Page.captureScreenshot", &json!({ "clip": clip, "captureBeyondViewport": true }));
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
    }

    fn protocol(&self, command: &str, parameters: &Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.driver.call(method, &format!("/session/{}{path}", self.session), body).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that fails has its own error to tell.
        if std::thread::panicking() {
            return;
        }
        let _ = self.driver.call("DELETE", &format!("/session/{}", self.session), &json!({}));
    }
}
