//! Features that do not fit a problem, and what to do about it.

use crate::features::{FiniteMap, FiniteMapError, ReadingMapError, ReservoirMapError, SpanError};
use crate::policy::network::NetworkError;
use crate::pomdp::{VariationError, builtin};
use std::borrow::Cow;
use thiserror::Error;

/// Features that do not fit.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SubjectError {
    /// Too long a window.
    #[error(transparent)]
    Window(#[from] FiniteMapError),
    /// Too many functions of the belief.
    #[error(
        "{components} belief features over all steps; at most {} are supported",
        FiniteMap::COMPONENTS_MAX
    )]
    Belief {
        /// How many there would be.
        components: usize,
    },
    /// Clients whose tables would not fit.
    #[error(transparent)]
    Clients(#[from] VariationError),
    /// Features of the problem's own, where it has none.
    #[error("{problem} has no features of its own")]
    NoOwnFeatures {
        /// The problem.
        problem: String,
    },
    /// A policy on the problem's own features beside a critic that has no use for them.
    #[error(
        "a policy on the problem's own features goes with a critic on the same, on a window or on whole histories; not with \
         one of kind {kind:?}"
    )]
    OwnPolicy {
        /// The critic's features.
        kind: &'static str,
    },
    /// Too many functions of readings, or none.
    #[error(transparent)]
    Readings(#[from] ReadingMapError),
    /// Too large a reservoir.
    #[error(transparent)]
    Reservoir(#[from] ReservoirMapError),
    /// A critic on the state of a network that there is not.
    #[error("features of kind \"policy\" are the state of the policy's network; here the policy has none")]
    NoState,
    /// Too large a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Too large a network as the critic.
    #[error("as the critic {0}")]
    CriticNetwork(NetworkError),
    /// A critic that is a network beside a policy that is none.
    #[error(
        "the critic is a network that reads what the policy's network reads, and the policy is no network"
    )]
    NothingToRead,
    /// No reduction to the span.
    #[error(transparent)]
    Span(#[from] SpanError),
    /// A span over histories that are not countable.
    #[error("`span = true` needs finitely many observations; here they are real numbers")]
    RealSpan,
    /// Functions of real-valued observations, where these are numbered.
    #[error("features of kind {kind:?} need real-valued observations; here they are finitely many")]
    NumberedObservations {
        /// The features.
        kind: &'static str,
    },
    /// Features that count observations, where these are real numbers.
    #[error("features of kind {kind:?} need finitely many observations; here they are real numbers")]
    RealObservations {
        /// The features.
        kind: &'static str,
    },
}

impl SubjectError {
    /// What to do about it.
    pub fn help(&self) -> Cow<'static, str> {
        match self {
            SubjectError::NoOwnFeatures { .. } => format!(
                "{} have some, up to some size; on other problems use features of kind \"history\", \"window\" or \"belief-memory\"",
                builtin::with_own_features().join(" and ")
            )
            .into(),
            other => other.plain_help().into(),
        }
    }

    fn plain_help(&self) -> &'static str {
        match self {
            SubjectError::Clients(_) => {
                "fewer clients, a smaller problem, or strengths of 0 for more of its tables"
            }
            SubjectError::NoOwnFeatures { .. } | SubjectError::OwnPolicy { .. } => {
                "critic.features = { kind = \"problem\" } is exact"
            }
            SubjectError::RealObservations { .. } => {
                "use features of kind \"log-odds\", \"belief\", \"polynomial\" or \"fourier\", or a \"window\" of length 0"
            }
            SubjectError::NumberedObservations { .. } => {
                "use features of kind \"window\", \"belief\", \"log-odds\", \"belief-memory\" or \"history\""
            }
            SubjectError::RealSpan | SubjectError::Span(_) => {
                "leave `span` out: learning stays in the span anyway"
            }
            SubjectError::Reservoir(_) => "use a smaller width",
            SubjectError::NoState => {
                "give actor.policy a network, for a critic on its state; a policy over features takes another kind"
            }
            SubjectError::Network(_) => {
                "use fewer units, or give it fewer inputs: clock = \"fraction\", of an mlp a shorter window"
            }
            SubjectError::CriticNetwork(_) => {
                "use fewer units, or let the policy's network have fewer inputs, which the critic reads as well"
            }
            SubjectError::NothingToRead => "give actor.policy = { kind = \"gru\" }, or \"indrnn\"",
            SubjectError::Readings(_) => "use a smaller length, degree or number of components",
            SubjectError::Window(_) | SubjectError::Belief { .. } => {
                "use features of kind \"window\" with a smaller length, or \"belief\""
            }
        }
    }
}
