//! Runs jobs without knowing any kind of them by name.
