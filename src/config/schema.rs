//! The JSON schema of configurations: editors read it, and loading checks files against the same one.

use super::Config;
use super::algorithm::{self, Words};
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

/// The schema of [`Config`] as a value, without references between its parts, where these are the algorithms.
pub(super) fn schema(algorithms: &[Words]) -> Value {
    let mut schema = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(RecursiveTransform(for_toml))
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value();
    schema["properties"]["algorithm"] = algorithm::schema(algorithms);
    schema
}

/// The JSON schema of configurations, as committed in `configs/schema.json`, where these are the algorithms.
pub fn schema_json(algorithms: &[Words]) -> String {
    format!("{:#}\n", schema(algorithms))
}

/// TOML has no null, and `uint32` is no format of JSON schema: bounds say the same.
fn for_toml(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("format");
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Object(default)) = object.get_mut("default") {
        default.retain(|_, value| !value.is_null());
    }
}
