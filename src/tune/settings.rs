//! Keys with values.

/// Keys and their values, as `--set` has them.
pub(super) type Settings = Vec<(String, String)>;

/// Settings as one reads them.
pub(super) fn label(settings: &[(String, String)]) -> String {
    settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}
