//! Gives every route a typed method, in files by what the route is about.

mod lobbies;
mod meetings;
mod rooms;
mod zones;
