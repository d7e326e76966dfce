//! From a file and `--set`s to a configuration.

use super::consistency::contradictions;
use super::error::{ConfigError, ConfigErrors, Fault};
use super::limits::TEXT_BYTES_MAX;
use super::place::{Place, SETTING, SourceText, UNSET};
use super::schema::schema;
use super::shape::deviations;
use super::suggest::{nearest, quoted};
use super::sweep::SweepTable;
use super::symbols::keys_of as meant;
use super::tree::{Entry, Node};
use super::{Config, GraphSource, PolicySource, ProblemSource, Target, Words};
use crate::files::{ReadError, read_bounded, read_given};
use crate::pomdp::builtin;
use crate::visible::{named, shown};
use serde::Deserialize;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration as it was written: TOML, not yet checked for its meaning.
#[derive(Clone, Debug)]
pub struct Loaded {
    source: Arc<SourceText>,
    directory: PathBuf,
    root: Node,
    /// What the table `[sweep]` holds, which is of a set of runs and no part of any of them.
    sweep: Option<Entry>,
    /// Whether a run has written it.
    kept: bool,
    /// Files that come with it, by the paths that it has for them.
    files: &'static [(&'static str, &'static str)],
}

impl Loaded {
    /// Reads a file that a person has named; it may be a pipe.
    ///
    /// # Errors
    /// Where the file cannot be read, is longer than [`TEXT_BYTES_MAX`], or is no TOML in UTF-8.
    pub fn read(path: &Path) -> Result<Self, ConfigErrors> {
        Loaded::from_read(path, read_given(path, TEXT_BYTES_MAX as u64))
    }

    /// Reads the configuration of a run, which is a regular file.
    ///
    /// # Errors
    /// As [`Loaded::read`].
    pub fn of_run(path: &Path) -> Result<Self, ConfigErrors> {
        Ok(Loaded::from_read(path, read_bounded(path, TEXT_BYTES_MAX as u64))?.kept_by_a_run())
    }

    fn from_read(path: &Path, read: Result<Vec<u8>, ReadError>) -> Result<Self, ConfigErrors> {
        let bytes = read.map_err(|error| {
            let source = Arc::new(SourceText { name: named(path), text: String::new() });
            ConfigError::new(Fault::Unreadable(error.to_string()), Place::whole(&source), None)
        })?;
        Loaded::from_bytes(path, bytes)
    }

    /// Reads the content of a file, to whose directory its paths are relative.
    ///
    /// # Errors
    /// Where it is too long, or no TOML in UTF-8.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, ConfigErrors> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let at = error.utf8_error().valid_up_to();
            let source = Arc::new(SourceText { name: named(path), text });
            let place = Place::new(&source, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
            let help = "save it as UTF-8".to_owned();
            ConfigError::new(Fault::NotToml("not UTF-8".to_owned()), place, help)
        })?;
        let mut loaded = Loaded::from_str(&named(path), text.strip_prefix('\u{feff}').unwrap_or(&text))?;
        loaded.directory = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(loaded)
    }

    /// The configuration that consists of nothing but the path of a problem file, which errors call `name`.
    pub fn of_problem(name: &str, path: &Path) -> Self {
        let text = format!("problem.file = \"{}\"\n", shown(path));
        let source = Arc::new(SourceText { name: name.to_owned(), text });
        let root = Node::of_path(&source, &["problem", "file"], path);
        Loaded { source, directory: PathBuf::new(), root, sweep: None, kept: false, files: &[] }
    }

    /// The configuration that consists of nothing but the name of a built-in problem, and of features that
    /// can be had where its observations are real numbers; errors call it `name`.
    pub fn of_builtin(name: &str, problem: &builtin::Entry) -> Result<Self, ConfigErrors> {
        Loaded::from_str(name, &of_builtin(problem))
    }

    /// Says that a run of this or an earlier version has written it: a key that its algorithm does not read
    /// is no error then.
    #[must_use]
    pub fn kept_by_a_run(self) -> Self {
        Loaded { kept: true, ..self }
    }

    /// With files that come with its text, as those of the program's own configurations do: who names one of
    /// these paths has its content, wherever the program runs.
    #[must_use]
    pub fn holding(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Loaded { files, ..self }
    }

    /// The content of a file that comes with it.
    pub fn held(&self, path: &Path) -> Option<&'static str> {
        self.files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| *text)
    }

    /// Reads a text that errors call `name`; its paths are relative to the working directory.
    ///
    /// # Errors
    /// Where the text is too long or no TOML.
    pub fn from_str(name: &str, text: &str) -> Result<Self, ConfigErrors> {
        let source = Arc::new(SourceText { name: name.to_owned(), text: text.to_owned() });
        let mut root = Node::parse(&source)?;
        let sweep = root.take(super::sweep::TABLE);
        Ok(Loaded { source, directory: PathBuf::new(), root, sweep, kept: false, files: &[] })
    }

    /// Takes keys or tables out, each named by its dotted path.
    ///
    /// # Errors
    /// Those that are not there; all of them at once.
    pub fn without<S: AsRef<str>>(mut self, keys: &[S]) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let there = self.root.paths();
        for key in keys {
            let key = key.as_ref().trim();
            if self.root.remove(key).is_some() {
                continue;
            }
            let source = Arc::new(SourceText { name: UNSET.to_owned(), text: key.to_owned() });
            let fault = Fault::Rejected(format!("the configuration has no `{}` to take out", quoted(key)));
            let names: Vec<&str> = there.iter().map(String::as_str).collect();
            let help = match nearest(key, &names) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None => meant(key).map(|keys| format!("{key} is {keys}")),
            };
            errors.push(ConfigError::new(fault, Place::new(&source, 0..key.len()), help));
        }
        ConfigErrors::unless_empty(errors)?;
        Ok(self)
    }

    /// Replaces values: each setting is `key=value` with a dotted key and a TOML value, where a bare word is
    /// a string. A later setting wins over an earlier one. The paths `problem.file` and `policy` need not be
    /// UTF-8.
    ///
    /// # Errors
    /// Where settings have no `=`, or a key or value that cannot be read; all of them at once.
    pub fn with_overrides<S: AsRef<OsStr>>(self, settings: &[S]) -> Result<Self, ConfigErrors> {
        self.with_settings(settings, SETTING)
    }

    /// [`Loaded::with_overrides`] by settings that come from elsewhere: what is wrong with them is located in
    /// a text of this name.
    ///
    /// # Errors
    /// As [`Loaded::with_overrides`].
    pub fn with_settings<S: AsRef<OsStr>>(
        mut self,
        settings: &[S],
        name: &str,
    ) -> Result<Self, ConfigErrors> {
        let set = |setting: &S| self.root.set(setting.as_ref(), name).err();
        let errors: Vec<_> = settings.iter().filter_map(set).collect();
        ConfigErrors::unless_empty(errors)?;
        Ok(self)
    }

    /// The table `[sweep]`, if there is one.
    ///
    /// # Errors
    /// Everything that is wrong in it, at once.
    pub fn sweep(&self) -> Result<Option<SweepTable>, ConfigErrors> {
        self.sweep.as_ref().map(SweepTable::read).transpose()
    }

    /// Checks everything that can be checked without the problem, and gives the configuration.
    ///
    /// `algorithms` are the words of those that there are. The configuration has all parameters of its
    /// problem and all own keys of its algorithm, defaults included, so that these stay what they were if a
    /// default changes.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn config(&self, algorithms: &[Words]) -> Result<Config, ConfigErrors> {
        let schema = schema(algorithms);
        let mut errors = deviations(&schema, &self.root);
        errors.extend(contradictions(&self.root, algorithms, &schema, self.kept));
        ConfigErrors::unless_empty(errors)?;
        let mut config = Config::deserialize(self.root.to_json())
            .map_err(|error| self.reject("", error.to_string(), None))?;
        if let Some(words) = algorithms.iter().find(|words| words.name == config.algorithm.name) {
            config.algorithm = words.complete(&config.algorithm.own);
            // Tied over steps, a network cannot follow Q, which falls with h; advantages do not.
            let chooses = words.reads("actor.target") && self.root.get("actor.target").is_none();
            if chooses && config.actor.policy.is_some() {
                config.actor.target = Target::Advantage;
            }
        }
        // What is no UTF-8 has come through JSON with other characters.
        if let Some(path) = self.root.path("problem.file") {
            config.problem.source = ProblemSource::File(path.to_path_buf());
        }
        if let Some(path) = self.root.path("policy") {
            config.policy = PolicySource::Saved(path.to_path_buf());
        }
        if let Some(path) = self.root.path("federation.graph") {
            config.federation.graph = GraphSource::File(path.to_path_buf());
        }
        if let ProblemSource::Builtin { name, parameters } = &mut config.problem.source
            && let Some(entry) = builtin::find(name)
        {
            let complete = entry
                .complete(parameters.iter().map(|(name, &value)| (name.as_str(), value)))
                .map_err(|error| self.reject("problem.parameters", error.to_string(), None))?;
            let written = complete.iter().filter(|&(name, value)| !entry.leaves_out(name, value));
            *parameters = written.map(|(name, value)| (name.to_owned(), value)).collect();
        }
        Ok(config)
    }

    /// An error found later, located at the value of a dotted key, or at the nearest table above that was
    /// written.
    pub fn reject(&self, key: &str, message: String, help: Option<String>) -> ConfigError {
        let ancestors = std::iter::successors(Some(key), |key| key.rsplit_once('.').map(|(table, _)| table));
        let place = ancestors
            .filter_map(|path| self.root.get(path).map(|entry| (path, entry)))
            .map(|(path, entry)| if path == key { &entry.node.place } else { &entry.key })
            .next()
            .cloned();
        ConfigError::new(Fault::Rejected(message), place.unwrap_or_else(|| Place::whole(&self.source)), help)
    }

    /// Where the value of a dotted key stands, if it was written.
    pub fn place(&self, key: &str) -> Option<&Place> {
        self.root.get(key).map(|entry| &entry.node.place)
    }

    /// A path of the configuration as seen from the working directory.
    pub fn locate(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }

    /// The name and text of the file, for digests and copies.
    pub fn source(&self) -> &SourceText {
        &self.source
    }
}

/// The lines of [`Loaded::of_builtin`].
fn of_builtin(problem: &builtin::Entry) -> String {
    let name = problem.name;
    let mut text = format!("problem.builtin = \"{name}\"\n");
    // One-hot features of histories, the default, take finitely many observations.
    if builtin::definition(name).is_some_and(|definition| definition.observations().is_none()) {
        for role in ["critic", "actor"] {
            text += &format!("{role}.features = {{ kind = \"log-odds\", degree = 1 }}\n");
        }
    }
    text
}
