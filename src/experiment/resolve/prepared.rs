//! From a configuration as it was written to a run that can begin: the one way there, whoever asks.

use super::error::ResolveError;
use super::input::{Files, Input, InputError};
use super::{Resolved, resolve_within};
use crate::algorithm::Registry;
use crate::config::{Config, ConfigErrors, Loaded};
use thiserror::Error;

/// A run that can begin: its configuration, what that names, and what follows from both.
///
/// ```
/// use dpac::algorithm::Registry;
/// use dpac::config::Loaded;
/// use dpac::experiment::{Files, Prepared};
///
/// let text = "algorithm = 'dptd'\nproblem = { builtin = 'toggle', horizon = 2 }\nfederation.clients = 3\n";
/// let loaded = Loaded::from_str("an example", text)?.with_overrides(&["critic.rounds=4"])?;
/// let Prepared { resolved, .. } = Prepared::load(loaded, Registry::BUILTIN, &Files::named())?;
/// assert_eq!(resolved.closed_form.barriers, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Prepared {
    /// The configuration as it was written, for errors that are found later.
    pub loaded: Loaded,
    /// The files that it names.
    pub input: Input,
    /// The run, with every number explicit.
    pub resolved: Resolved,
}

/// A configuration that has been checked, and the files that it names: all that is read before anything is
/// computed.
pub struct Checked {
    /// The configuration as it was written.
    pub loaded: Loaded,
    /// The configuration.
    pub config: Config,
    /// The files that it names.
    pub input: Input,
    registry: Registry,
}

/// A configuration that makes no run.
#[derive(Debug, Error)]
pub enum LoadError {
    /// What is written is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// A file that it names cannot be used.
    #[error("{error}")]
    Input {
        /// The configuration, which has the file's name.
        loaded: Box<Loaded>,
        /// What is wrong with the file.
        error: Box<InputError>,
    },
    /// It does not fit the files that it names.
    #[error("{error}")]
    Resolve {
        /// The configuration, which has the key that is to blame.
        loaded: Box<Loaded>,
        /// What does not fit.
        error: Box<ResolveError>,
    },
}

impl Prepared {
    /// Checks a configuration, reads the files that it names, and resolves it on these. It may name the
    /// algorithms of `registry`.
    ///
    /// # Errors
    /// [`LoadError`], with all that is needed to show the place.
    pub fn load(loaded: Loaded, registry: Registry, files: &Files<'_>) -> Result<Self, LoadError> {
        Checked::read(loaded, registry, files)?.resolve()
    }
}

impl Checked {
    /// The first half of [`Prepared::load`], for whoever has something to say of the input before the run is
    /// resolved.
    ///
    /// # Errors
    /// [`LoadError::Config`] and [`LoadError::Input`].
    pub fn read(loaded: Loaded, registry: Registry, files: &Files<'_>) -> Result<Self, LoadError> {
        let config = loaded.config(&registry.words())?;
        match Input::read(&loaded, &config, files) {
            Ok(input) => Ok(Checked { loaded, config, input, registry }),
            Err(error) => Err(LoadError::Input { loaded: Box::new(loaded), error: Box::new(error) }),
        }
    }

    /// The second half of [`Prepared::load`].
    ///
    /// # Errors
    /// [`LoadError::Resolve`].
    pub fn resolve(self) -> Result<Prepared, LoadError> {
        self.resolve_within(u64::MAX)
    }

    /// [`Checked::resolve`], for a configuration that comes from elsewhere: refuses features whose vectors
    /// have more than `components_max` components together, before there is a vector.
    ///
    /// # Errors
    /// As [`Checked::resolve`].
    pub(in crate::experiment) fn resolve_within(self, components_max: u64) -> Result<Prepared, LoadError> {
        let Checked { loaded, config, input, registry } = self;
        match resolve_within(config, &input, registry, components_max) {
            Ok(resolved) => Ok(Prepared { loaded, input, resolved }),
            Err(error) => Err(LoadError::Resolve { loaded: Box::new(loaded), error: Box::new(error) }),
        }
    }
}
