//! The kinds of job, one file each, all of one shape.

pub mod schedule_meetings;
