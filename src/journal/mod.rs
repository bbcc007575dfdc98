//! What happened and what is about to: the one place that survives a crash, and the only one that speaks SQL.
