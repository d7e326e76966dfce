//! What a barrier makes of its replies.

/// How replies become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reducer {
    /// `base + (1/M) Σ_m (reply_m − base)`; of integers the sum.
    Mean,
    /// `M base + Σ_m (reply_m − base)`; of integers the sum.
    Sum,
    /// Every reply: the aggregate has the vectors of client 0, then those of client 1, and so on, and the
    /// integers likewise, whose lengths may differ. The server holds all of them at once.
    Collect,
}
