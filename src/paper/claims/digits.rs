//! Numbers as pages and screens write them.

/// Four digits.
pub fn short(number: f64) -> String {
    if number == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e6).contains(&number.abs()) {
        let decimals = (3 - libm::log10(number.abs()).floor() as i32).clamp(0, 6) as usize;
        format!("{number:.decimals$}")
    } else {
        format!("{number:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_have_four_digits() {
        let written = [0.0, 1.0, -0.004_374, 1.23456, 34.7512, 65_536.0, 2.5e-7, 4.2e9].map(short);
        let expected = ["0", "1.000", "-0.004374", "1.235", "34.75", "65536", "2.500e-7", "4.200e9"];
        assert_eq!(written, expected);
    }
}
