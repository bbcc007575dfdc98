//! CSV in, as people's spreadsheets make it, and CSV out, as they can open it.
