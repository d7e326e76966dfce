//! What an arm is called: the keys in which it differs from others, and their values.

/// An arm as one reads it: `clients=4, target=q`. Keys have their last parts alone where these tell them
/// apart, and values have no quotes. Empty where arms differ in nothing.
pub fn label<K: AsRef<str>, V: AsRef<str>>(settings: &[(K, V)]) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let alone =
        |key: &str| settings.iter().filter(|(other, _)| last(other.as_ref()) == last(key)).count() == 1;
    let one = |(key, value): &(K, V)| {
        let key = key.as_ref();
        let short = if alone(key) { last(key) } else { key.to_owned() };
        format!("{short}={}", plain(value.as_ref()))
    };
    settings.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A value without the quotes of TOML.
pub fn plain(value: &str) -> &str {
    value.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_end_alike_are_written_whole_and_values_have_no_quotes() {
        let settings =
            [("critic.rounds", "2"), ("actor.rounds", "3"), ("actor.target", "\"q\""), ("seed", "'7'")];
        assert_eq!(label(&settings), "critic.rounds=2, actor.rounds=3, target=q, seed=7");
        assert_eq!(label::<&str, &str>(&[]), "");
    }
}
