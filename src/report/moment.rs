//! Days and hours of a Unix time, in UTC.

/// "2026-11-29 22:07 UTC", for the years 1970 to 9999.
pub(super) fn moment(unix_seconds: f64) -> Option<String> {
    (0.0..253_402_300_800.0).contains(&unix_seconds).then_some(())?;
    let seconds = unix_seconds as u64;
    let (days, minutes) = (seconds / 86_400, seconds % 86_400 / 60);
    let (year, month, day) = date(days);
    Some(format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60))
}

/// Howard Hinnant's `civil_from_days`: eras of 400 years, each begun in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + 400 * era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_those_of_the_calendar() {
        let of = |seconds| moment(seconds).expect("a time");
        assert_eq!(of(0.0), "1970-01-01 00:00 UTC");
        assert_eq!(of(951_868_799.9), "2000-02-29 23:59 UTC");
        assert_eq!(of(1_795_994_849.51), "2026-11-29 23:27 UTC");
        assert_eq!(of(4_107_542_400.0), "2100-03-01 00:00 UTC");
        assert_eq!([-1.0, f64::NAN, 1e12].map(moment), [None, None, None]);
    }
}
