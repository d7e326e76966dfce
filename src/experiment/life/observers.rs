//! Who watches a run, and from where.

use dpac_actors::host::Observers;

/// Those who watch a run. The same observer may stand in both lists, in two parts that share what they know.
#[derive(Default)]
pub struct RunObservers {
    /// Told by the host what happens, when it happens, on the server's thread: the run waits for them.
    pub live: Observers,
    /// Told by the recorder what was measured and kept, on its thread, which may be behind the run: rounds
    /// with their values, the run's own values, checkpoints, the trace's last bytes, and how the run was
    /// judged. A terminal belongs here.
    pub behind: Observers,
}
