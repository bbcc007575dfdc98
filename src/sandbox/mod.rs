//! A simulated API server, built from the vendor's reference alone: it shares no type with the client, so that a slip in one shows in the other.
