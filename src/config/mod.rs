//! From the file an administrator writes to a checked configuration, with every problem told at once.
