//! Where two runs part, in words for a person. "Recorded" is the trace, "now" is what is held against it.

use super::format::Head;
use super::{ContentDifference, Divergence, MessageDifference, ulps};
use crate::{Header, Place};
use std::fmt::Write;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

impl Divergence {
    /// The divergence in lines of two columns: the round, the message and the number in which the runs
    /// part first. `head` is that of the trace, whose names of kinds it uses.
    pub fn words(&self, head: &Head) -> String {
        let mut text = String::new();
        line!(text, "  round    {} is the first that differs", self.round);
        if let Some(message) = &self.message {
            text.push_str(&message.words(head));
        }
        for what in &self.checkpoint {
            line!(text, "           {what}");
        }
        text
    }
}

impl MessageDifference {
    /// The difference in lines of two columns: the message, and the first number in it that is another.
    /// `head` is that of the trace, whose names of kinds it uses.
    pub fn words(&self, head: &Head) -> String {
        let MessageDifference { header, other_header, recorded, now, content } = self;
        let mut text = String::new();
        line!(text, "  message  {}", head.words(header));
        if let Some(other) = other_header {
            line!(text, "           now it is {}", head.words(other));
        }
        match (recorded, now) {
            (Some((was, was_fate)), Some((is, is_fate))) if was_fate == is_fate => {
                line!(text, "           digest {is:016x}, recorded was {was:016x}");
            }
            (Some((_, was)), Some((_, is))) => line!(text, "           {is:?}, recorded was {was:?}"),
            (Some(_), None) => line!(text, "           it is not sent now"),
            (None, _) => line!(text, "           it was not sent before"),
        }
        match content {
            Some(ContentDifference::Number { vector, index, recorded, now }) => {
                line!(text, "  number   {vector}[{index}]");
                line!(text, "           now       {now:>24?}  bits {:016x}", now.to_bits());
                line!(text, "           recorded  {recorded:>24?}  bits {:016x}", recorded.to_bits());
                let distance = ulps(*recorded, *now);
                line!(text, "           {distance} {} apart", if distance == 1 { "ulp" } else { "ulps" });
            }
            Some(ContentDifference::Integer { vector, index, recorded, now }) => {
                line!(text, "  integer  {vector}[{index}]");
                line!(text, "           now       {now:>24}");
                line!(text, "           recorded  {recorded:>24}");
            }
            Some(ContentDifference::Length { vector, recorded, now }) => {
                line!(text, "           {vector} has {now} components, recorded were {recorded}");
            }
            Some(ContentDifference::Other(what)) => line!(text, "           {what}"),
            None => {}
        }
        text
    }
}

impl Head {
    /// A message of the trace on one line: its kind, from whom to whom it went, and when.
    pub fn words(&self, header: &Header) -> String {
        let &Header { from, to, place: Place { round, phase, barrier }, kind } = header;
        let (kind, phase) = (self.kind_name(kind), phase.name());
        format!("{kind} from {from} to {to}, round {round}, {phase} phase, barrier {barrier}")
    }
}
