//! Offers roomkeeper as a library, so that the program, its tests and its benchmarks reach the same code.
#![doc = ""]
#![doc = include_str!("ARCHITECTURE.md")]

pub mod api;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod daemon;
pub mod engine;
pub mod failpoint;
pub mod jobs;
pub mod journal;
pub mod mail;
pub mod model;
pub mod report;
pub mod runtime;
pub mod sandbox;
pub mod table;
pub mod web;
