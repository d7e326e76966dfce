//! What to do about a vector that has left the range of numbers.

use crate::algorithm::{Critic, Entry};
use crate::config::{Auto, Config, Schedule, Step};

/// Which keys of a resolved configuration the vector's steps come from, and what may be done to them.
pub(super) fn smaller_steps(entry: &Entry, config: &Config, vector: &str) -> Option<String> {
    let Config { critic, actor, .. } = config;
    let theory = config.schedule == Schedule::Theory;
    let help = match vector {
        // The exact critic takes no steps.
        "psi" if entry.critic == Critic::Exact => return None,
        // Only the theorem's η_r is no single number, which would have been written out.
        "psi" if theory && critic.eta == Auto::Auto => {
            "the steps of Theorem 1 along the mean gradient, eta_r alpha_r K_e = 5 / (nu (r + 5)), do not depend on critic.alpha; \
             use schedule = \"practical\", or give critic.eta"
                .to_owned()
        }
        "psi" => {
            let number = |step: Auto<Step>| step.given().map_or_else(String::new, |step| format!(", here {step}"));
            let (alpha, eta) = (number(critic.alpha), number(critic.eta));
            let or = if entry.words.reads("critic.eta") { format!(", or critic.eta{eta}") } else { String::new() };
            format!("try a smaller critic.alpha{alpha}{or}")
        }
        // Of an algorithm without local steps of a size it is the policy that has gone too far.
        "omega" if entry.words.reads("actor.zeta") => match actor.zeta {
            Auto::Given(zeta) => format!("try a smaller actor.zeta, here {zeta}"),
            Auto::Auto if theory => "zeta_k is that of Theorem 2; give actor.zeta, or use schedule = \"practical\"".to_owned(),
            Auto::Auto => "give an actor.zeta that is smaller than the schedule's; config.toml has its formula".to_owned(),
        },
        "theta" | "omega" => {
            let eta = actor.eta.given().map_or_else(String::new, |eta| format!(", here {eta}"));
            format!("try a smaller actor.eta{eta}")
        }
        _ => return None,
    };
    Some(help)
}
