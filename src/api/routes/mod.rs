//! A typed method for every route, by what the route is about.

mod lobbies;
mod meetings;
mod rooms;
mod zones;
