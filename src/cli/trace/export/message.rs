//! What an export is told, and what it makes of it.

use crate::visible::visible;
use dpac_actors::Header;
use dpac_actors::trace::format::Head;
use dpac_actors::trace::{Event, Shape};
use std::borrow::Cow;

/// A message, as exports see it.
pub(super) struct Message<'a> {
    pub(super) head: &'a Head,
    pub(super) turn: u64,
    pub(super) event: &'a Event,
    pub(super) shape: &'a Shape,
    pub(super) header: Header,
}

impl Message<'_> {
    pub(super) fn kind(&self) -> Cow<'_, str> {
        visible(self.head.kind_name(self.header.kind))
    }

    /// Numbers in it, floats and integers.
    pub(super) fn floats(&self) -> u64 {
        self.shape.lengths.iter().chain(&self.shape.integers).map(|&length| u64::from(length)).sum()
    }
}

/// What becomes of the messages, one after another: text, which is written as it comes.
pub(super) trait Export {
    fn begin(&mut self, text: &mut String);

    fn message(&mut self, message: &Message<'_>, text: &mut String);

    fn finish(self: Box<Self>, text: &mut String);
}
