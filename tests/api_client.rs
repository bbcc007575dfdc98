//! The API client against a server that sends scripted bytes over real TCP: resets, half answers and floods are not to be had from a
//! polite HTTP library.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

#[path = "api_client/dispositions.rs"]
mod dispositions;
#[path = "api_client/lobbies.rs"]
mod lobbies;
#[path = "api_client/meetings.rs"]
mod meetings;
#[path = "api_client/pages.rs"]
mod pages;
#[path = "api_client/private_authority.rs"]
mod private_authority;
#[path = "api_client/reads.rs"]
mod reads;
#[path = "api_client/rooms.rs"]
mod rooms;
#[path = "api_client/server.rs"]
mod server;
#[path = "api_client/turns.rs"]
mod turns;
#[path = "api_client/withheld.rs"]
mod withheld;
