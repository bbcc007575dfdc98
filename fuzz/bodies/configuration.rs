//! A configuration: whatever is in the file, it is valid or every problem is told with a place in it and a remedy; and no secret
//! of the environment is ever told.

use roomkeeper::clock::Timestamp;
use roomkeeper::config::{Environment, load};

const SECRET: &str = "a-secret-of-the-environment-5d1e";

/// Loads the bytes as a configuration file.
pub fn check(bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join("config.toml");
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let variables = [("APP_KEY", SECRET), ("SMTP_PASSWORD", SECRET)];
    let environment = Environment::new(variables, Timestamp::from_seconds(1_795_000_000));
    let told = match load(&path, &environment) {
        Ok(loaded) => format!("{loaded:?}"),
        Err(invalid) => {
            assert!(!invalid.problems.is_empty(), "refused without a reason");
            for problem in &invalid.problems {
                assert!(!problem.problem.is_empty() && !problem.remedy.is_empty(), "{problem:?}");
            }
            format!("{invalid:?}")
        }
    };
    assert!(!told.contains(SECRET));
}
