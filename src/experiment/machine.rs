//! On what the program runs, for those who write down how long something took.

/// "2 cores of an Intel(R) Xeon(R) Processor, with a program that was not optimised": what the system tells.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let kind = model.map_or(std::env::consts::ARCH, |(_, model)| model.trim());
    let built = if cfg!(debug_assertions) { "built for development" } else { "optimised" };
    let plural = if cores == 1 { "core" } else { "cores" };
    format!("{cores} {plural} ({kind}), with a program that was {built}")
}
