#[test]
fn show() { println!("{}", dpac::config::schema_json()); }
