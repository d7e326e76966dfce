//! The society as a whole: the same bits however it is hosted, every message counted, every fault an end.

#[path = "society/arbitrary.rs"]
mod arbitrary;
#[path = "society/counts.rs"]
mod counts;
#[path = "society/crafted.rs"]
mod crafted;
#[path = "society/crafting.rs"]
mod crafting;
#[path = "society/determinism.rs"]
mod determinism;
#[path = "society/faults.rs"]
mod faults;
#[path = "society/folding.rs"]
mod folding;
#[path = "society/frames.rs"]
mod frames;
#[path = "society/gossip.rs"]
mod gossip;
#[path = "society/integers.rs"]
mod integers;
#[path = "society/listener.rs"]
mod listener;
#[path = "society/marking.rs"]
mod marking;
#[path = "society/observing.rs"]
mod observing;
#[path = "society/ordering.rs"]
mod ordering;
#[path = "society/peers.rs"]
mod peers;
#[path = "society/plants.rs"]
mod plants;
#[path = "society/replaying_rounds.rs"]
mod replaying_rounds;
#[path = "society/resumption.rs"]
mod resumption;
#[path = "society/shapes.rs"]
mod shapes;
#[path = "society/snapshots.rs"]
mod snapshots;
#[path = "society/staged.rs"]
mod staged;
#[path = "society/traces.rs"]
mod traces;
#[path = "society/walk.rs"]
mod walk;
