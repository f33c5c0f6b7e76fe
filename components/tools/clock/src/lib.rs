//! The tool `loket:clock`: what time it is, and what time it will be, in any zone.
//!
//! Files in reading order: [`mod@read`] text into a time, [`zones`] names into zones, [`reckon`] sums and differences. This file has
//! the border to the component model.

pub mod read;
pub mod reckon;
pub mod zones;

use bindings::exports::loket::clock::calendar;
use jiff::{Timestamp, Zoned, civil};

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Clock;
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io.wit", "../../../wit/deps/clocks.wit", "wit"],
        world: "loket:clock/clock",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    export!(Clock with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Clock;

impl calendar::Guest for Clock {
    fn now(zone: Option<String>) -> Result<calendar::Moment, String> {
        let zone = zone.filter(|zone| !zone.trim().is_empty());
        Ok(moment(&clock()?.to_zoned(zones::find(zone.as_deref().unwrap_or("UTC"))?)))
    }

    fn read(time: String) -> Result<calendar::Moment, String> {
        Ok(moment(&read::read(&time, clock()?)?))
    }

    fn convert(time: String, zone: String) -> Result<calendar::Moment, String> {
        Ok(moment(&read::read(&time, clock()?)?.with_time_zone(zones::find(&zone)?)))
    }

    fn add(time: String, span: String) -> Result<calendar::Moment, String> {
        Ok(moment(&reckon::add(&read::read(&time, clock()?)?, &span)?))
    }

    fn between(start: String, end: String, unit: Option<calendar::Unit>) -> Result<calendar::Difference, String> {
        let now = clock()?;
        let unit = match unit {
            None | Some(calendar::Unit::Years) => jiff::Unit::Year,
            Some(calendar::Unit::Months) => jiff::Unit::Month,
            Some(calendar::Unit::Weeks) => jiff::Unit::Week,
            Some(calendar::Unit::Days) => jiff::Unit::Day,
            Some(calendar::Unit::Hours) => jiff::Unit::Hour,
            Some(calendar::Unit::Minutes) => jiff::Unit::Minute,
            Some(calendar::Unit::Seconds) => jiff::Unit::Second,
        };
        let apart = reckon::between(&read::read(&start, now)?, &read::read(&end, now)?, unit)?;
        Ok(calendar::Difference { words: apart.words, iso: apart.iso, total: apart.total })
    }

    fn zones(search: String) -> Result<Vec<calendar::Zone>, String> {
        let found = zones::search(&search, clock()?)?;
        let zone = |zone: zones::Zone| calendar::Zone {
            name: zone.name,
            offset: zone.offset,
            abbreviation: zone.abbreviation,
        };
        Ok(found.into_iter().map(zone).collect())
    }
}

/// The turn's clock.
fn clock() -> Result<Timestamp, String> {
    let now = bindings::wasi::clocks::wall_clock::now();
    let (seconds, nanoseconds) = (i64::try_from(now.seconds), i32::try_from(now.nanoseconds));
    let now = seconds.ok().zip(nanoseconds.ok()).and_then(|(s, n)| Timestamp::new(s, n).ok());
    now.ok_or_else(|| "the host's clock shows a time beyond the year 9999: ask the owner to set it".into())
}

fn moment(time: &Zoned) -> calendar::Moment {
    let week = time.date().iso_week_date();
    calendar::Moment {
        time: format!("{}", time.strftime("%Y-%m-%dT%H:%M:%S%:z")),
        zone: zones::name(time),
        weekday: match time.weekday() {
            civil::Weekday::Monday => calendar::Weekday::Monday,
            civil::Weekday::Tuesday => calendar::Weekday::Tuesday,
            civil::Weekday::Wednesday => calendar::Weekday::Wednesday,
            civil::Weekday::Thursday => calendar::Weekday::Thursday,
            civil::Weekday::Friday => calendar::Weekday::Friday,
            civil::Weekday::Saturday => calendar::Weekday::Saturday,
            civil::Weekday::Sunday => calendar::Weekday::Sunday,
        },
        day_of_year: time.day_of_year().unsigned_abs(),
        week: format!("{:04}-W{:02}", week.year(), week.week()),
        unix: time.timestamp().as_millisecond().div_euclid(1000),
    }
}
