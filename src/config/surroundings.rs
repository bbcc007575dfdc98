//! Holds what the values of a table may refer to without naming it.

use super::Environment;
use super::value::Base;
use crate::clock::Zone;

/// The surroundings of a table: what its values may refer to without naming it.
pub(super) struct Surroundings<'a> {
    pub(super) base: &'a Base,
    pub(super) environment: &'a Environment,
    pub(super) timezone: Zone,
}
