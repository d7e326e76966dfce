//! Step sizes of a run: given, practical, or the theorems' own.

use super::resolve::{ResolveError, is_theory, practical_target, schedule_error};
use super::subject::Subject;
use crate::config::{Auto, Config, Features};
use crate::pomdp::Model;
use crate::theory::schedule::{ActorSchedule, CriticSchedule, StepSize, practical};
use crate::theory::sizes::Sizes;

/// What step sizes depend on.
pub(super) struct Steps<'a> {
    pub(super) config: &'a Config,
    pub(super) subject: &'a dyn Subject,
    pub(super) model: &'a Model,
    pub(super) gamma: f64,
    pub(super) sizes: Sizes,
}

impl Steps<'_> {
    /// α_r, η_r and R_0. Numbers in the configuration go before any schedule.
    pub(super) fn critic(&self, warnings: &mut Vec<String>) -> Result<CriticSchedule, ResolveError> {
        let critic = &self.config.critic;
        let mut schedule = if is_theory(self.config) {
            self.printed_critic(warnings)?
        } else {
            let request = practical::Critic {
                alpha: critic.alpha.given().map_or(practical::Alpha::Auto, practical::Alpha::Constant),
                average_from: critic.average_from.given().map(u64::from),
                norm_squared_bound: self.subject.critic_norm_squared(),
                // DPPG has no critic of its own; its schedule is resolved for one round and never used.
                rounds: self.sizes.critic_rounds.max(1),
                local_steps: self.sizes.critic_local_steps.max(1),
            };
            practical::critic(&request).map_err(schedule_error("critic.average_from"))?
        };
        if let Auto::Given(eta) = critic.eta {
            schedule.eta = StepSize::constant(eta);
        }
        Ok(schedule)
    }

    /// ζ_k and η.
    pub(super) fn actor(&self) -> Result<ActorSchedule, ResolveError> {
        let actor = &self.config.actor;
        let horizon = self.config.problem.horizon as usize;
        let rows = match actor.features {
            Features::History | Features::Window { .. } => practical::Rows::OneHot,
            Features::Belief { .. } | Features::BeliefMemory { .. } => practical::Rows::Dense,
        };
        let tied = matches!(actor.features, Features::Window { tied: true, .. });
        let curvature =
            practical::curvature_bound(self.subject.actor_norm_squared(), self.gamma, horizon, tied);
        let zeta = match actor.zeta {
            Auto::Given(zeta) => practical::Zeta::Given(StepSize::constant(zeta)),
            Auto::Auto => practical::Zeta::Auto { rows, curvature },
        };
        let request = practical::Actor {
            zeta,
            eta_constant: None,
            target: practical_target(actor.target),
            // DPTD has no actor; its schedule is resolved for one round and never used.
            rounds: self.sizes.rounds.max(1),
        };
        let mut schedule = practical::actor(&request).map_err(schedule_error("actor.zeta"))?;
        if let Auto::Given(eta) = actor.eta {
            schedule.eta = eta;
        }
        Ok(schedule)
    }
}
