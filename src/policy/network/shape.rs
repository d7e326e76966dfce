//! What networks are made of: cells, how many numbers they have, and in which order.

use super::error::NetworkError;
use super::hidden::Hidden;
use super::layers;

/// What the units of a network do with an input, and with the state before.
///
/// `sg(y) = 1 / (1 + exp(-y))`; products of vectors are by component; s is 0 before the first step. Logits
/// are `f = v + V's` of every cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `s_1 = tanh(b + U'x)`, `s_l = tanh(b_l + W_l's_{l-1})`, layers without memory: what they know of the
    /// past stands in x, and s is the last `s_l`.
    Mlp,
    /// `s = tanh(b + U'x + w s_before)`: every unit remembers itself alone (Li et al. 2018).
    IndRnn,
    /// `r = sg(b_r + U_r'x + W_r's_before)`, `z = sg(b_z + U_z'x + W_z's_before)`, `q = W_g's_before`,
    /// `g = tanh(b_g + U_g'x + r q)`, `s = (1 - z) g + z s_before` (Cho et al. 2014, with the reset on the
    /// product as PyTorch and flax have it).
    Gru,
}

impl Cell {
    /// Whether the state goes on from step to step.
    pub fn is_recurrent(self) -> bool {
        self != Cell::Mlp
    }

    /// Numbers that a unit computes of an input.
    pub(super) fn gates(self) -> usize {
        match self {
            Cell::Mlp | Cell::IndRnn => 1,
            Cell::Gru => 3,
        }
    }

    /// Numbers that a unit keeps of a step for the passes; the last of them is its state.
    fn kept(self) -> usize {
        match self {
            Cell::Mlp | Cell::IndRnn => 2,
            Cell::Gru => 5,
        }
    }
}

/// The shape of a network: I inputs, n units, A logits; of an mlp of L hidden layers, `n_1` to `n_L` units,
/// of which n is the first in U and b, and the last in V.
///
/// θ is `(U, W, b, W_2, b_2, ..., W_L, b_L, V, v)`, where the blocks from `W_2` to `b_L` are those of an mlp
/// of several layers: `W_l` is `n_{l-1} × n_l`. Every matrix is stored by inputs: `M[j][i]`, of input j and
/// output i, stands at `j · outputs + i`. So the rows of inputs that are not 0 are contiguous, and sums go
/// over i side by side.
///
/// | cell | U | W | b | V | v |
/// | --- | --- | --- | --- | --- | --- |
/// | mlp | I × n | | n | n × A | A |
/// | indrnn | I × n | n | n | n × A | A |
/// | gru | I × 3n | n × 3n | 3n | n × A | A |
///
/// Within rows of 3n the gates stand in the order r, z, g.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub(super) cell: Cell,
    pub(super) inputs: usize,
    pub(super) hidden: Hidden,
    pub(super) actions: usize,
    /// What follows from these, and is asked at every step.
    units: usize,
    kept: usize,
    lengths: [usize; 6],
    parameters: usize,
}

impl Network {
    /// The most units of a hidden layer.
    pub const UNITS_MAX: usize = Hidden::UNITS_MAX;
    /// The most parameters.
    pub const PARAMETERS_MAX: usize = 1 << 20;

    /// A network of this shape, with one hidden layer.
    ///
    /// # Errors
    /// No units or too many, or too many parameters.
    pub fn new(cell: Cell, inputs: usize, units: usize, actions: usize) -> Result<Self, NetworkError> {
        Network::of(cell, inputs, Hidden::new(&[units])?, actions)
    }

    /// An mlp of these hidden layers.
    ///
    /// # Errors
    /// Too many parameters.
    pub fn mlp(inputs: usize, hidden: Hidden, actions: usize) -> Result<Self, NetworkError> {
        Network::of(Cell::Mlp, inputs, hidden, actions)
    }

    fn of(cell: Cell, inputs: usize, hidden: Hidden, actions: usize) -> Result<Self, NetworkError> {
        let (units, most) = (hidden.sum(), Network::PARAMETERS_MAX);
        let too_many = NetworkError::Parameters { inputs, units, actions, most };
        // So that no product overflows.
        if inputs.max(actions) > Network::PARAMETERS_MAX {
            return Err(too_many);
        }
        let lengths = lengths(cell, inputs, &hidden, actions);
        let parameters = lengths.iter().sum();
        let (units, kept) = (hidden.last(), cell.kept() * hidden.sum());
        let network = Network { cell, inputs, hidden, actions, units, kept, lengths, parameters };
        if parameters > Network::PARAMETERS_MAX { Err(too_many) } else { Ok(network) }
    }

    /// Which cell.
    pub fn cell(&self) -> Cell {
        self.cell
    }

    /// I.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The units of every hidden layer.
    pub fn hidden(&self) -> Hidden {
        self.hidden
    }

    /// n, the length of the state: units of the last hidden layer.
    #[inline]
    pub fn units(&self) -> usize {
        self.units
    }

    /// A.
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// `d_θ`.
    #[inline]
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// How many numbers a step leaves behind: see [`Network::step`].
    #[inline]
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// Of what a step leaves behind, the state s.
    #[inline]
    pub fn state<'a>(&self, kept: &'a [f64]) -> &'a [f64] {
        &kept[kept.len() - self.units()..]
    }

    /// The lengths of U, W, b, of all `(W_l, b_l)` together, of V and v.
    #[inline]
    pub fn lengths(&self) -> [usize; 6] {
        self.lengths
    }

    /// The blocks of a parameter, or of a direction.
    ///
    /// # Panics
    /// If it does not have one component per parameter.
    #[inline]
    pub fn blocks<'a>(&self, theta: &'a [f64]) -> Blocks<&'a [f64]> {
        let [u, w, b, upper, v, bias] = self.lengths();
        let (u, rest) = theta.split_at(u);
        let (w, rest) = rest.split_at(w);
        let (b, rest) = rest.split_at(b);
        let (upper, rest) = rest.split_at(upper);
        let (v, rest) = rest.split_at(v);
        assert_eq!(rest.len(), bias, "one component per parameter");
        Blocks { u, w, b, upper, v, v_bias: rest }
    }

    /// [`Network::blocks`], to be written to.
    ///
    /// # Panics
    /// Likewise.
    #[inline]
    pub fn blocks_mut<'a>(&self, theta: &'a mut [f64]) -> Blocks<&'a mut [f64]> {
        let [u, w, b, upper, v, bias] = self.lengths();
        let (u, rest) = theta.split_at_mut(u);
        let (w, rest) = rest.split_at_mut(w);
        let (b, rest) = rest.split_at_mut(b);
        let (upper, rest) = rest.split_at_mut(upper);
        let (v, rest) = rest.split_at_mut(v);
        assert_eq!(rest.len(), bias, "one component per parameter");
        Blocks { u, w, b, upper, v, v_bias: rest }
    }
}

/// See [`Network::lengths`].
fn lengths(cell: Cell, inputs: usize, hidden: &Hidden, actions: usize) -> [usize; 6] {
    let units = hidden.first();
    let recurrent = match cell {
        Cell::Mlp => 0,
        Cell::IndRnn => units,
        Cell::Gru => 3 * units * units,
    };
    let wide = cell.gates() * units;
    let upper = layers::length(hidden.units());
    [inputs * wide, recurrent, wide, upper, hidden.last() * actions, actions]
}

/// A parameter, or a direction, by its blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocks<T> {
    /// U, of the inputs.
    pub u: T,
    /// W, of the state before; empty where there is none.
    pub w: T,
    /// b.
    pub b: T,
    /// `(W_2, b_2, ..., W_L, b_L)`; empty where there is one hidden layer.
    pub upper: T,
    /// V, of the logits.
    pub v: T,
    /// v, of the logits.
    pub v_bias: T,
}
