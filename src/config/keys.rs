//! The keys of a configuration. Their documentation is what editors show, by way of the JSON schema.

use super::limits::{CLIENTS_MAX, LOCAL_STEPS_MAX, ROUNDS_MAX, TRAJECTORIES_MAX};
use super::{
    Algorithm, Auto, Features, Harmonic, NetworkPolicy, OverRoot, PolicyClass, PolicyStep, Problem, Record,
    Step,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Configuration of one run of `dpac`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "dpac configuration")]
pub struct Config {
    /// The algorithm.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// Seed of every random stream of the run.
    #[serde(default)]
    pub seed: u64,
    /// How "auto" step sizes and `average_from` are chosen.
    #[serde(default)]
    pub schedule: Schedule,
    /// Budget T of trajectories per client, from which all sizes follow (Corollaries 1 and 3); instead of
    /// explicit sizes. Of the terms whose minimum is Corollary 1's K, only the first is taken.
    #[schemars(range(min = 1, max = TRAJECTORIES_MAX))]
    pub trajectories: Option<u64>,
    /// The policy that is evaluated, by algorithms that improve none: "uniform", or the path of a saved one,
    /// relative to the configuration file.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub policy: PolicySource,
    /// The problem: either `file` or `builtin`.
    pub problem: Problem,
    /// The clients and what is sent to them.
    #[serde(default)]
    pub federation: Federation,
    /// Policy evaluation (DPTD, Algorithm 2), alone or inside DPAC.
    #[serde(default)]
    pub critic: Critic,
    /// Policy improvement (DPPG, Algorithm 3), alone or inside DPAC.
    #[serde(default)]
    pub actor: Actor,
    /// What a run writes.
    #[serde(default)]
    pub output: Output,
}

/// Where "auto" values come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Constant steps for critics, tuned ones for policies; of the theorems' schedules the weights (s + 2)²
    /// and the factor 1/√R.
    #[default]
    Practical,
    /// The schedules of Theorems 1 and 2, with their constants; refused where no number could hold the
    /// iterates.
    Theory,
}

/// The policy that is evaluated: in a file, "uniform" or a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum PolicySource {
    /// θ = 0: every action is equally likely.
    #[default]
    Uniform,
    /// A saved policy.
    Saved(PathBuf),
}

const UNIFORM: &str = "uniform";

impl From<String> for PolicySource {
    fn from(text: String) -> Self {
        if text == UNIFORM { PolicySource::Uniform } else { PolicySource::Saved(PathBuf::from(text)) }
    }
}

impl From<PolicySource> for String {
    fn from(policy: PolicySource) -> Self {
        match policy {
            PolicySource::Uniform => UNIFORM.to_owned(),
            PolicySource::Saved(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// Section `[federation]`: the clients and what is sent to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Federation {
    /// Number of clients M.
    #[schemars(range(min = 1, max = CLIENTS_MAX))]
    pub clients: u32,
    /// Whether messages that no client needs are left out; the result is the same, bit for bit.
    pub lean: bool,
    /// Who writes to whom, where clients write to one another: "ring", "complete", or the path of a file with
    /// the numbers of two clients in each line, relative to the configuration file.
    // Left out where it is the default, so that configurations from before there was the key keep their
    // digests.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(length(min = 1))]
    pub graph: GraphSource,
}

/// Who writes to whom: in a file, "ring", "complete" or a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum GraphSource {
    /// Each client with the one before and the one after it.
    #[default]
    Ring,
    /// Each client with all others.
    Complete,
    /// The links in a file.
    File(PathBuf),
}

impl From<String> for GraphSource {
    fn from(text: String) -> Self {
        match text.as_str() {
            "ring" => GraphSource::Ring,
            "complete" => GraphSource::Complete,
            _ => GraphSource::File(PathBuf::from(text)),
        }
    }
}

impl From<GraphSource> for String {
    fn from(graph: GraphSource) -> Self {
        match graph {
            GraphSource::Ring => "ring".to_owned(),
            GraphSource::Complete => "complete".to_owned(),
            GraphSource::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

impl Default for Federation {
    fn default() -> Self {
        Federation { clients: 16, lean: false, graph: GraphSource::default() }
    }
}

/// Section `[critic]`: policy evaluation (DPTD, Algorithm 2), alone or inside DPAC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Critic {
    /// Critic rounds R_e of one evaluation (R of DPTD alone).
    #[schemars(range(min = 1, max = ROUNDS_MAX))]
    pub rounds: Option<u32>,
    /// Local TD steps K_e of each client in one critic round, one trajectory each (K of DPTD alone).
    #[schemars(range(min = 1, max = LOCAL_STEPS_MAX))]
    pub local_steps: Option<u32>,
    /// Features φ_h(z, a) of the critic.
    pub features: Features,
    /// Step size α of a local TD step, or "auto".
    #[schemars(schema_with = "step_or_auto")]
    pub alpha: Auto<Step>,
    /// Step size η of the server towards the clients' mean, or "auto"; 1 adopts the mean.
    #[schemars(schema_with = "step_or_auto")]
    pub eta: Auto<Step>,
    /// Where an evaluation inside DPAC starts.
    pub init: Init,
    /// First critic round R_0 whose result enters the averaged output ψ̂, below `rounds`, or "auto".
    #[schemars(schema_with = "round_or_auto")]
    pub average_from: Auto<u32>,
    /// Weights of the rounds' iterates in ψ̂, after `average_from`.
    // These two are left out where they are the default, so that configurations from before there were the
    // keys keep their digests.
    #[serde(skip_serializing_if = "is_default")]
    pub weights: Weights,
    /// The server's step, line 15 of Algorithm 2; with η = 1 both are the same.
    #[serde(skip_serializing_if = "is_default")]
    pub server_line: ServerLine,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The weight of the iterate ψ̃^s in the output ψ̂.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// (s + 2)², as the paper has it.
    #[default]
    Quadratic,
    /// 1.
    Uniform,
    /// The last iterate is the output.
    Last,
}

/// How the server steps towards the mean of its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServerLine {
    /// (1 - η) ψ̃^r + η ψ̄^{r+1}, with which the proofs agree.
    #[default]
    Repaired,
    /// (1 - η) ψ̄^r + η ψ̄^{r+1}, as our copy of the paper prints it.
    Printed,
}

/// Where an evaluation inside DPAC starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Init {
    /// At the previous evaluation's result ψ̂.
    #[default]
    Warm,
    /// At ψ = 0.
    Zero,
}

/// Section `[actor]`: policy improvement (DPPG, Algorithm 3), alone or inside DPAC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Actor {
    /// Outer rounds R: steps of the policy parameter θ.
    #[schemars(range(min = 1, max = ROUNDS_MAX))]
    pub rounds: Option<u32>,
    /// Local regression steps K of each client in one outer round, one trajectory each.
    #[schemars(range(min = 1, max = LOCAL_STEPS_MAX))]
    pub local_steps: Option<u32>,
    /// Local steps I between two barriers of the direction ω; there are ⌈K/I⌉ barriers in an outer round.
    #[schemars(range(min = 1, max = LOCAL_STEPS_MAX))]
    pub sync_interval: Option<u32>,
    /// What the direction ω is regressed on; if it is not given, "q" for features and "advantage" for
    /// networks.
    pub target: Target,
    /// Features ξ_h(z, a) in which the policy's logits are linear.
    pub features: Features,
    /// A network whose outputs are the policy's logits, instead of features.
    // Left out where there is none, so that configurations from before there was the key keep their digests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NetworkPolicy")]
    pub policy: Option<NetworkPolicy>,
    /// Step size ζ of a local regression step, or "auto".
    #[schemars(schema_with = "step_or_auto")]
    pub zeta: Auto<Step>,
    /// Step size η of the policy, θ ← θ + η ω, or "auto"; as a table scale/√R, R the outer rounds of the run.
    #[schemars(schema_with = "policy_step_or_auto")]
    pub eta: Auto<PolicyStep>,
    /// How far the "auto" η of a network moves a logit relative to the others at most, on probes and to first
    /// order; 1 if it is not given.
    // As for `policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub largest_move: Option<f64>,
}

impl Actor {
    /// What the policy is.
    pub fn class(&self) -> PolicyClass {
        self.policy.map_or(PolicyClass::Features(self.features), PolicyClass::Network)
    }
}

/// What the direction ω is regressed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Q̂ on the features ξ: the paper's objective.
    #[default]
    Q,
    /// Q̂ minus the policy's mean of it, on the features ξ.
    Advantage,
    /// Q̂ minus the policy's mean of it, on the score ∇ ln π.
    Compatible,
}

/// Section `[output]`: what a run writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Output {
    /// Rounds between two evaluations of the policy; 0: only at the end.
    #[schemars(range(max = ROUNDS_MAX))]
    pub evaluate_every: u32,
    /// Which policy parameters are written.
    pub keep_policies: KeepPolicies,
    /// Rounds between two lines of rounds.jsonl; 0: the last line only.
    // Left out where it is the default, so that configurations from before there was the key keep their
    // digests.
    #[serde(skip_serializing_if = "is_every_round")]
    #[schemars(range(max = ROUNDS_MAX), extend("default" = 1))]
    pub log_every: u32,
    /// What is recorded of the algorithm's own vectors and of exact values, in record.jsonl; each word once.
    // Left out where it is empty, for the same reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("default" = [], "uniqueItems" = true))]
    pub record: Vec<Record>,
}

fn is_every_round(rounds: &u32) -> bool {
    *rounds == 1
}

impl Default for Output {
    fn default() -> Self {
        Output { evaluate_every: 1, keep_policies: KeepPolicies::default(), log_every: 1, record: Vec::new() }
    }
}

/// Which policy parameters are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeepPolicies {
    /// θ of every round: the output mixture can be played.
    #[default]
    All,
    /// θ of the last round.
    Last,
    /// None.
    None,
}

/// A number, or a table for a step that falls with its index.
fn step_or_auto(generator: &mut SchemaGenerator) -> Schema {
    let harmonic = Harmonic::json_schema(generator);
    json_schema!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0 }, { "const": "auto" }, harmonic] })
}

/// A number, or a table for a step that falls with the number of rounds.
fn policy_step_or_auto(generator: &mut SchemaGenerator) -> Schema {
    let over_root = OverRoot::json_schema(generator);
    json_schema!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0 }, { "const": "auto" }, over_root] })
}

fn round_or_auto(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "integer", "minimum": 0, "maximum": ROUNDS_MAX - 1 }, { "const": "auto" }],
    })
}
