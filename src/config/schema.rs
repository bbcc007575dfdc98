//! Describes the configuration file as a JSON Schema, for editors that complete and check while one writes.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::file::RawConfig;

/// Returns the JSON Schema (2020-12) of the configuration file.
#[must_use]
pub fn schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<RawConfig>();
    let mut schema = schema.to_value();
    forbid_null(&mut schema);
    schema
}

/// Tells whether any table of the file has a key of that name.
pub(super) fn has_key(key: &str) -> bool {
    fn search(value: &Value, key: &str) -> bool {
        match value {
            Value::Object(object) => {
                let here =
                    object.get("properties").and_then(Value::as_object).is_some_and(|keys| keys.contains_key(key));
                here || object.values().any(|value| search(value, key))
            }
            Value::Array(array) => array.iter().any(|value| search(value, key)),
            _ => false,
        }
    }
    search(&schema(), key)
}

/// Takes `null` out of what a key may be: TOML has none, a key that is not wanted is left out.
fn forbid_null(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(forbid_null);
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    object["type"] = only.clone();
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
        }
        Value::Array(array) => array.iter_mut().for_each(forbid_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_the_keys_of_a_job_and_refuses_others() {
        let schema = schema();
        let job = &schema["$defs"]["ScheduleMeetings"];
        assert!(job["properties"]["inbox"].is_object() && job["properties"]["ping_url"].is_object(), "{job:#}");
        assert_eq!(job["additionalProperties"], false);
        assert_eq!(schema["properties"]["timezone"]["type"], "string");
        assert_eq!(schema["properties"]["api"]["$ref"], "#/$defs/Api", "{schema:#}");
    }

    #[test]
    fn no_key_may_be_null() {
        assert!(!schema().to_string().contains("\"null\""), "{:#}", schema());
        assert!(has_key("max_file_size") && !has_key("max_file_sice"));
    }
}
