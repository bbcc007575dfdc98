//! `roomkeeper sandbox`: a simulated API server, until Ctrl-C.

use super::output::Output;
use super::{ExitCode, Failure};
use crate::control::with_causes;
use crate::sandbox::Args;

pub(super) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let until = async {
        // Without the signal's handler the default action ends the program, which is as good.
        let _ = tokio::signal::ctrl_c().await;
    };
    crate::sandbox::serve(args, Output(std::io::stdout()), until)
        .await
        .map_err(|error| Failure::failed(with_causes(&error)))?;
    Ok(ExitCode::Done)
}
