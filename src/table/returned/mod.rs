//! Holds a cell of a file that came back against the cell that was handed in: a spreadsheet writes many untouched cells
//! otherwise, and then what was handed in is meant.
//!
//! [`same`] judges one cell by itself. What it leaves open (a date with day and month in another order, marks that are gone) the rest of
//! the column tells: a program writes one column in one way. [`Returned`] holds that, and reads what a person has corrected in the order
//! that the untouched dates prove.

mod column;
mod headings;
mod number;
mod same;
mod written_date;

pub use column::{Corrected, Returned};
pub use headings::ReturnedHeadings;
pub use same::{DateOrder, Doubt, Same, has_lost_time, same};
