//! Holds a time of day without its day.

use super::CivilTime;

/// A time of day, from `00:00:00` to `24:00:00`, the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
}

impl TimeOfDay {
    /// Makes it from hours, minutes and seconds; `None` where no clock shows them.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        let is_shown = hour < 24 && minute < 60 && second < 60 || (hour, minute, second) == (24, 0, 0);
        is_shown.then_some(Self { hour, minute, second })
    }

    /// Returns the hour, from 0 to 24.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// Returns the seconds since midnight.
    #[must_use]
    pub fn seconds(self) -> u32 {
        u32::from(self.hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second)
    }

    /// Returns this time on the day of another.
    #[must_use]
    pub fn on_day_of(self, day: CivilTime) -> Option<CivilTime> {
        let part = |value: u8| i8::try_from(value).ok();
        let day = day.jiff().date();
        if self.hour == 24 {
            return day.tomorrow().ok().map(|next| next.at(0, 0, 0, 0).into());
        }
        let time = jiff::civil::Time::new(part(self.hour)?, part(self.minute)?, part(self.second)?, 0).ok()?;
        Some(day.to_datetime(time).into())
    }
}
