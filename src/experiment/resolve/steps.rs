//! Step sizes of a run: given, practical, or the theorems' own.

use super::error::{ResolveError, key, schedule_error};
use crate::algorithm::{ByProbes, Entry, Role};
use crate::config::{self, Auto, Config, Features, Harmonic, Init, Schedule, Step};
use crate::experiment::subject::Subject;
use crate::pomdp::{Model, discount_table};
use crate::theory::schedule::growth::Growth;
use crate::theory::schedule::{
    ActorSchedule, CriticSchedule, Formula, ScheduleError, StepSize, practical, printed,
};
use crate::theory::sizes::Sizes;

/// α of a critic on the state of the policy's network, whose second moments are badly conditioned: shorter
/// steps leave a bias.
const STATE_ALPHA: f64 = 0.9;

/// What step sizes depend on.
pub(super) struct Steps<'a> {
    pub(super) config: &'a Config,
    pub(super) entry: &'a Entry,
    pub(super) subject: &'a dyn Subject,
    /// The policy at which the theorems' constants are taken: the one that is evaluated, else `θ_0`.
    pub(super) theta: &'a [f64],
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
            let auto = match critic.features {
                Features::Policy => practical::Alpha::Constant(STATE_ALPHA),
                _ => practical::Alpha::Auto,
            };
            let request = practical::Critic {
                alpha: number(critic.alpha).map_or(auto, practical::Alpha::Constant),
                average_from: critic.average_from.given().map(u64::from),
                norm_squared_bound: self.subject.critic_norm_squared(),
                rounds: self.sizes.critic_rounds,
                local_steps: self.sizes.critic_local_steps,
            };
            practical::critic(&request).map_err(schedule_error("critic.average_from"))?
        };
        if let Auto::Given(Step::Harmonic(harmonic)) = critic.alpha {
            schedule.alpha = falling(harmonic);
        }
        if let Auto::Given(eta) = critic.eta {
            schedule.eta = step_size(eta);
        }
        Ok(schedule)
    }

    /// α_r of a critic that is a network, whose result is the last mean: no number where the server measures
    /// it, so that whoever takes a step with it is found out.
    pub(super) fn critic_network(&self) -> CriticSchedule {
        let alpha = self.config.critic.alpha.given().map_or(StepSize::constant(f64::NAN), step_size);
        let text = format!(
            "1 / (2 B), B over {} probes at psi, before each round of an evaluation",
            ByProbes::PROBES
        );
        let formulas = vec![Formula { symbol: "alpha_r", text }];
        CriticSchedule { alpha, eta: StepSize::constant(1.0), average_from: 0, formulas }
    }

    /// ζ_k and η.
    pub(super) fn actor(&self) -> Result<ActorSchedule, ResolveError> {
        let actor = &self.config.actor;
        let mut schedule =
            if is_theory(self.config) { self.printed_actor()? } else { self.practical_actor()? };
        if let Auto::Given(zeta) = actor.zeta {
            schedule.zeta = step_size(zeta);
        }
        if let Auto::Given(eta) = actor.eta {
            schedule.eta = eta.of(self.sizes.rounds);
        }
        Ok(schedule)
    }

    fn practical_actor(&self) -> Result<ActorSchedule, ResolveError> {
        let actor = &self.config.actor;
        let horizon = self.config.problem.horizon as usize;
        let Some(features) = actor.class().features() else {
            return Ok(unmeasured(self.config, &self.sizes));
        };
        let rows = match features {
            Features::History | Features::Window { .. } => practical::Rows::OneHot,
            Features::Belief { .. }
            | Features::LogOdds { .. }
            | Features::BeliefMemory { .. }
            | Features::Polynomial { .. }
            | Features::Fourier { .. }
            | Features::Reservoir { .. }
            | Features::Problem
            | Features::Policy => practical::Rows::Dense,
        };
        let tied = matches!(features, Features::Window { tied: true, .. });
        let curvature =
            practical::curvature_bound(self.subject.actor_norm_squared(), self.gamma, horizon, tied);
        let request = practical::Actor {
            zeta: practical::Zeta::Auto { rows, curvature },
            eta_constant: None,
            target: practical_target(actor.target),
            rounds: self.sizes.rounds,
        };
        practical::actor(&request).map_err(schedule_error("actor.zeta"))
    }

    /// Theorem 1's schedule, if iterates that follow it stay numbers.
    fn printed_critic(&self, warnings: &mut Vec<String>) -> Result<CriticSchedule, ResolveError> {
        if let Auto::Given(Step::Harmonic(_)) = self.config.critic.alpha {
            let message = "Theorem 1 has one step α for all rounds".to_owned();
            return Err(key("critic.alpha", message, "give a number, or use schedule = \"practical\""));
        }
        let constants = self.subject.constants(self.theta).map_err(no_constants)?;
        let request = printed::Critic {
            mu_phi: constants.mu_phi,
            weakest_step: constants.weakest_step,
            gamma: self.gamma,
            rounds: self.sizes.critic_rounds.max(1),
            local_steps: self.sizes.critic_local_steps.max(1),
            alpha: number(self.config.critic.alpha),
        };
        let mut theorem = printed::critic(&request).map_err(schedule_error("schedule"))?;
        let critic = &self.config.critic;
        if let Auto::Given(average_from) = critic.average_from {
            theorem.clamped = None;
            theorem.schedule.average_from = u64::from(average_from);
            if theorem.schedule.average_from >= request.rounds {
                let (average_from, rounds) = (theorem.schedule.average_from, request.rounds);
                let error = ScheduleError::NothingToAverage { average_from, rounds };
                return Err(schedule_error("critic.average_from")(error));
            }
        }
        warnings.extend(theorem.clamped.map(|clamped| clamped.to_string()));
        warnings.extend(theorem.alpha_above.map(|above| above.to_string()));
        // A given η is no step of the theorem's.
        if critic.eta == Auto::Auto {
            warnings.extend(self.growth(&theorem, constants.lambda_phi, &request)?);
        }
        Ok(theorem.schedule)
    }

    /// What to say of iterates that grow before they shrink. In DPAC it is said of the first evaluation: how
    /// far those of later policies grow is not known before these are.
    ///
    /// # Errors
    /// If no number holds the mean iterate. That is decided in the direction in which it grows most; a
    /// problem whose Q has no part in that direction is refused with the others.
    fn growth(
        &self,
        theorem: &printed::Theorem1,
        lambda: f64,
        request: &printed::Critic,
    ) -> Result<Option<String>, ResolveError> {
        let &printed::Theorem1 { nu, iota_0, average_from, ref schedule, .. } = theorem;
        let begin = format!("the steps of Theorem 1 begin at iota_0 = 1 / nu = {iota_0:.3e}, nu = {nu:.3e}");
        // Steps that share a block of ψ have a mean recursion with other eigenvalues.
        if matches!(self.config.critic.features, Features::Window { tied: true, .. }) {
            let tied = "how far they carry tied features is not computed";
            return Ok((iota_0 * lambda > 2.0).then(|| format!("{begin}; {tied}")));
        }
        let printed::Critic { rounds, local_steps, .. } = *request;
        let growth = Growth::of(lambda, schedule, rounds, local_steps);
        if growth.peak.is_infinite() {
            let message = ScheduleError::Diverges { nu, iota_0, average_from }.to_string();
            let help = "use schedule = \"practical\", or give critic.eta; a smaller discount or horizon, or fewer features, make nu larger";
            return Err(key("schedule", message, help));
        }
        let Growth { peak, peak_round, output } = growth;
        let warm = self.entry.role == Role::Improves && self.config.critic.init == Init::Warm;
        let again = if warm && output > 1.0 && self.sizes.rounds > 1 {
            ", and the next evaluation begins where it ends"
        } else {
            ""
        };
        Ok((peak > 1.0).then(|| {
            format!(
                "{begin}: the error of the mean iterate grows {peak:.1e}-fold in {peak_round} of {rounds} rounds{again}"
            )
        }))
    }

    /// Theorem 2's schedule, with the constants of the first policy. `ω` regresses on `Q̃`, which is at most
    /// `Σ_h γ^h`, so for one-hot rows `W = √d_θ Σ_h γ^h`, and this is taken for other rows too; the score of
    /// a log-linear policy has `β = max ‖ξ‖²`.
    fn printed_actor(&self) -> Result<ActorSchedule, ResolveError> {
        let constants = self.subject.constants(self.theta).map_err(no_constants)?;
        let horizon = self.config.problem.horizon as usize;
        let total = discount_table(self.gamma, horizon).iter().fold(0.0, |sum, power| sum + power);
        let request = printed::Actor {
            mu_f: constants.mu_f,
            l: constants.smoothness,
            actions: self.model.actions() as u64,
            beta: self.subject.actor_norm_squared(),
            w: (self.subject.d_theta() as f64).sqrt() * total,
            clients: u64::from(self.config.federation.clients),
            sync_interval: self.sizes.actor_sync_interval.max(1),
            rounds: self.sizes.rounds.max(1),
        };
        printed::actor(&request).map_err(schedule_error("schedule"))
    }
}

/// What stands in place of steps that the server measures: no number, so that whoever takes a step with it
/// is found out.
fn unmeasured(config: &Config, sizes: &Sizes) -> ActorSchedule {
    let actor = &config.actor;
    let zeta = actor.zeta.given().map_or(StepSize::constant(f64::NAN), step_size);
    let eta = actor.eta.given().map_or(f64::NAN, |eta| eta.of(sizes.rounds));
    let largest_move = actor.largest_move.unwrap_or(ByProbes::MOVE);
    let formulas = vec![
        Formula {
            symbol: "zeta_k",
            text: format!("1 / (2 B_r), B_r over {} probes at theta_r", ByProbes::PROBES),
        },
        Formula {
            symbol: "eta",
            text: format!("{largest_move} / D_r, D_r over the same probes, along omega_r"),
        },
    ];
    ActorSchedule { zeta, eta, formulas }
}

fn number(step: Auto<Step>) -> Option<f64> {
    step.given().and_then(Step::constant)
}

pub(super) fn step_size(step: Step) -> StepSize {
    match step {
        Step::Constant(step) => StepSize::constant(step),
        Step::Harmonic(harmonic) => falling(harmonic),
    }
}

fn falling(Harmonic { scale, offset, cap }: Harmonic) -> StepSize {
    StepSize { cap: cap.unwrap_or(f64::INFINITY), ..StepSize::harmonic(scale, offset) }
}

fn no_constants(message: String) -> ResolveError {
    ResolveError {
        key: "schedule",
        message: format!("the theorems' constants are not available: {message}"),
        help: Some("use schedule = \"practical\", or a smaller problem or horizon".to_owned()),
    }
}

pub(super) fn practical_target(target: config::Target) -> practical::Target {
    match target {
        config::Target::Q => practical::Target::Q,
        config::Target::Advantage => practical::Target::Advantage,
        config::Target::Compatible => practical::Target::Compatible,
    }
}

pub(super) fn is_theory(config: &Config) -> bool {
    config.schedule == Schedule::Theory
}

pub(super) fn on_the_wire(step: StepSize) -> dpac_actors::StepSize {
    dpac_actors::StepSize { cap: step.cap, scale: step.scale, offset: step.offset }
}
