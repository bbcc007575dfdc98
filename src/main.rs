//! Starts the program, all of which is in the library, so that tests and tools reach it too.

fn main() -> std::process::ExitCode {
    roomkeeper::cli::main()
}
