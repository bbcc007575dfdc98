//! `roomkeeper completions` and `roomkeeper man`, both made from the command line's own description.

use std::io::Write;

use clap::CommandFactory;

use super::args::{Args, Completions, Man};
use super::output::end_quietly;
use super::{ExitCode, Failure, pages};

pub(super) fn completions(args: &Completions) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "roomkeeper", &mut text);
    write(&text)
}

pub(super) fn man(args: &Man) -> Result<ExitCode, Failure> {
    if let Some(folder) = &args.output {
        pages::write(folder).map_err(|error| {
            Failure::failed(format!("the manual cannot be written to {}: {error}", folder.display()))
        })?;
        return Ok(ExitCode::Done);
    }
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(Args::command());
    page.render(&mut text).map_err(|error| Failure::failed(error.to_string()))?;
    write(&text)
}

fn write(text: &[u8]) -> Result<ExitCode, Failure> {
    end_quietly(std::io::stdout().write_all(text))?;
    Ok(ExitCode::Done)
}
