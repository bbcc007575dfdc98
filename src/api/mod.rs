//! The EnableX meeting API: one typed method for every route, and the rules of what may be sent again.
