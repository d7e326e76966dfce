//! The modules of the crates, and what a path written in one of them names: followed through imports,
//! re-exports and globs to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Attribute, Item, Meta, Token, UseTree, Visibility};

/// Text of each source by its path in the repository.
pub(super) type Sources = BTreeMap<String, String>;

/// Each crate by the name under which the others import it, and its root.
pub(super) const ROOTS: [(&str, &str); 3] =
    [("dpac", "src/lib.rs"), ("dpac_actors", "actors/src/lib.rs"), ("main", "src/main.rs")];

/// A module: a file, or a block `mod name { … }` of one.
pub(super) struct Module {
    pub(super) file: String,
    /// The crate's name, then the names of the modules that lead here.
    pub(super) path: Vec<String>,
    pub(super) parent: Option<usize>,
    pub(super) items: Vec<Item>,
    names: BTreeMap<String, Vec<Binding>>,
    globs: Vec<Vec<String>>,
}

enum Binding {
    Module(usize),
    /// A type or a trait: a path can go on behind it.
    Type,
    /// A function, a constant, a macro.
    Value,
    Import(Vec<String>),
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Module(usize),
    Item {
        module: usize,
        name: String,
    },
    /// Something of another crate, by its full path.
    Outside(String),
}

/// All modules of the crates whose roots are among the sources.
pub(super) struct Names {
    pub(super) modules: Vec<Module>,
    crates: BTreeMap<String, usize>,
    /// Sources that no `mod` leads to; those of tests are not among them.
    pub(super) unreached: Vec<String>,
}

impl Names {
    /// # Panics
    ///
    /// If a source is not Rust or a module has no file: such a tree does not compile either.
    pub(super) fn of(sources: &Sources) -> Self {
        let mut reader = Reader { sources, modules: Vec::new(), reached: BTreeSet::new(), tests: Vec::new() };
        let mut crates = BTreeMap::new();
        for (name, root) in ROOTS.into_iter().filter(|(_, root)| sources.contains_key(*root)) {
            let folder = root.rsplit_once('/').expect("a root lies in a folder").0;
            crates.insert(name.to_owned(), reader.file(root, folder, vec![name.to_owned()], None));
        }
        let of_tests = |path: &String| reader.tests.iter().any(|test| path.starts_with(test));
        let unreached = sources
            .keys()
            .filter(|path| !reader.reached.contains(*path) && !of_tests(path))
            .cloned()
            .collect();
        Self { modules: reader.modules, crates, unreached }
    }

    /// Everything that `path`, written in module `from`, can mean: a name may stand for a module and a
    /// function at once. Nothing, for a local variable or a name of the prelude.
    pub(super) fn resolve(&self, from: usize, path: &[String]) -> Vec<Target> {
        let mut found = self.follow(from, path, &mut Vec::new());
        found.sort();
        found.dedup();
        found
    }

    fn follow(
        &self,
        from: usize,
        path: &[String],
        seen: &mut Vec<(usize, Vec<String>, String)>,
    ) -> Vec<Target> {
        let (first, mut rest) = path.split_first().expect("a path has a segment");
        let mut reached = match first.as_str() {
            "crate" => vec![Target::Module(self.crates[&self.modules[from].path[0]])],
            "self" => vec![Target::Module(from)],
            "super" => {
                let mut module = self.modules[from].parent;
                while let Some((_, after)) = rest.split_first().filter(|(next, _)| *next == "super") {
                    module = module.and_then(|module| self.modules[module].parent);
                    rest = after;
                }
                module.map(Target::Module).into_iter().collect()
            }
            name => {
                let mut here = self.look_up(from, name, seen);
                if here.is_empty() {
                    here.extend(self.crates.get(name).map(|&root| Target::Module(root)));
                }
                if here.is_empty() && !rest.is_empty() {
                    here.push(Target::Outside(name.to_owned()));
                }
                here
            }
        };
        for segment in rest {
            reached = reached
                .into_iter()
                .flat_map(|target| match target {
                    Target::Module(module) => self.look_up(module, segment, seen),
                    Target::Outside(path) => vec![Target::Outside(format!("{path}::{segment}"))],
                    // What follows a type or a trait is its own: a constructor, a variant, a constant.
                    Target::Item { module, name } => {
                        let bindings = &self.modules[module].names[&name];
                        let is_type = bindings.iter().any(|binding| matches!(binding, Binding::Type));
                        is_type.then_some(Target::Item { module, name }).into_iter().collect()
                    }
                })
                .collect();
        }
        reached
    }

    /// `seen` holds the imports that are being followed: one that leads back to itself leads nowhere.
    fn look_up(
        &self,
        module: usize,
        name: &str,
        seen: &mut Vec<(usize, Vec<String>, String)>,
    ) -> Vec<Target> {
        let Module { names, globs, .. } = &self.modules[module];
        let mut found = Vec::new();
        let mut imports = Vec::new();
        for binding in names.get(name).into_iter().flatten() {
            match binding {
                Binding::Module(child) => found.push(Target::Module(*child)),
                Binding::Type | Binding::Value => found.push(Target::Item { module, name: name.to_owned() }),
                Binding::Import(path) => imports.push(path),
            }
        }
        for path in imports {
            let step = (module, path.clone(), String::new());
            if !seen.contains(&step) {
                seen.push(step);
                found.extend(self.follow_import(module, path, seen));
                seen.pop();
            }
        }
        if found.is_empty() {
            for path in globs {
                let step = (module, path.clone(), name.to_owned());
                if seen.contains(&step) {
                    continue;
                }
                seen.push(step);
                for target in self.follow_import(module, path, seen) {
                    if let Target::Module(opened) = target {
                        found.extend(self.look_up(opened, name, seen));
                    }
                }
                seen.pop();
            }
        }
        found
    }

    /// An import of one segment can name a crate, which a path of one segment in a body cannot.
    fn follow_import(
        &self,
        from: usize,
        path: &[String],
        seen: &mut Vec<(usize, Vec<String>, String)>,
    ) -> Vec<Target> {
        let found = self.follow(from, path, seen);
        if found.is_empty() && path.len() == 1 {
            return vec![Target::Outside(path[0].clone())];
        }
        found
    }

    /// Whether `inner` is `outer` or lies in it.
    pub(super) fn is_within(&self, inner: usize, outer: usize) -> bool {
        self.modules[inner].path.starts_with(&self.modules[outer].path)
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    modules: Vec<Module>,
    reached: BTreeSet<String>,
    /// Beginnings of the paths of modules that only tests have.
    tests: Vec<String>,
}

impl Reader<'_> {
    /// `folder` is where the files of its submodules lie.
    fn file(&mut self, path: &str, folder: &str, name: Vec<String>, parent: Option<usize>) -> usize {
        let text = &self.sources[path];
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        self.reached.insert(path.to_owned());
        self.module(path, folder, name, parent, parsed.items)
    }

    fn module(
        &mut self,
        file: &str,
        folder: &str,
        path: Vec<String>,
        parent: Option<usize>,
        items: Vec<Item>,
    ) -> usize {
        let index = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            path: path.clone(),
            parent,
            items: Vec::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
        });
        let mut kept = Vec::new();
        for item in items.into_iter().flat_map(with_listed_modules) {
            let Item::Mod(module) = item else {
                if !is_only_for_tests(attributes(&item)) {
                    self.bind(index, &item);
                    kept.push(item);
                }
                continue;
            };
            let name = module.ident.to_string();
            let inside = format!("{folder}/{name}");
            if is_only_for_tests(&module.attrs) {
                self.tests.extend([format!("{inside}.rs"), format!("{inside}/")]);
                continue;
            }
            let path = [path.as_slice(), std::slice::from_ref(&name)].concat();
            let child = match module.content {
                Some((_, items)) => self.module(file, &inside, path, Some(index), items),
                None => {
                    let file = [format!("{inside}.rs"), format!("{inside}/mod.rs")]
                        .into_iter()
                        .find(|file| self.sources.contains_key(file))
                        .unwrap_or_else(|| panic!("{file}: no file for `mod {name};`"));
                    self.file(&file, &inside, path, Some(index))
                }
            };
            self.name(index, name, Binding::Module(child));
        }
        self.modules[index].items = kept;
        index
    }

    fn name(&mut self, module: usize, name: String, binding: Binding) {
        self.modules[module].names.entry(name).or_default().push(binding);
    }

    /// An import within a function is taken for one of its module: names of a file seldom mean two things.
    fn bind(&mut self, module: usize, item: &Item) {
        let mut found = AllImports::default();
        found.visit_item(item);
        self.import(module, found.0);
        let (name, binding) = match item {
            Item::Enum(item) => (&item.ident, Binding::Type),
            Item::Struct(item) => (&item.ident, Binding::Type),
            Item::Trait(item) => (&item.ident, Binding::Type),
            Item::Type(item) => (&item.ident, Binding::Type),
            Item::Union(item) => (&item.ident, Binding::Type),
            Item::Const(item) => (&item.ident, Binding::Value),
            Item::Fn(item) => (&item.sig.ident, Binding::Value),
            Item::Static(item) => (&item.ident, Binding::Value),
            _ => return,
        };
        self.name(module, name.to_string(), binding);
    }

    fn import(&mut self, module: usize, imports: Vec<Import>) {
        for Import { path, name } in imports {
            match name {
                Some(name) => self.name(module, name, Binding::Import(path)),
                None => self.modules[module].globs.push(path),
            }
        }
    }
}

/// `algorithms! { one, two, }` declares modules of these names.
fn with_listed_modules(item: Item) -> Vec<Item> {
    let Item::Macro(listed) = &item else { return vec![item] };
    if !listed.mac.path.is_ident("algorithms") {
        return vec![item];
    }
    let names = Punctuated::<syn::Ident, Token![,]>::parse_terminated;
    let names = names.parse2(listed.mac.tokens.clone()).expect("a list of names");
    let module = |name: &syn::Ident| syn::parse_str(&format!("mod {name};")).expect("a module");
    names.iter().map(module).collect()
}

/// One name that a `use` brings, or a glob.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// `None` for a glob.
    pub(super) name: Option<String>,
}

/// The imports of a tree, one by one.
pub(super) fn imports(tree: &UseTree) -> Vec<Import> {
    fn walk(tree: &UseTree, prefix: &[String], into: &mut Vec<Import>) {
        let with = |name: String| [prefix, &[name]].concat();
        // `use a::{self}` names `a`.
        let named =
            |name: String| if name == "self" && !prefix.is_empty() { prefix.to_vec() } else { with(name) };
        match tree {
            UseTree::Path(path) => walk(&path.tree, &with(path.ident.to_string()), into),
            UseTree::Name(name) => {
                let path = named(name.ident.to_string());
                into.push(Import { name: path.last().cloned(), path });
            }
            UseTree::Rename(rename) => {
                into.push(Import {
                    path: named(rename.ident.to_string()),
                    name: Some(rename.rename.to_string()),
                });
            }
            UseTree::Glob(_) => into.push(Import { path: prefix.to_vec(), name: None }),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, prefix, into)),
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// Whether a `use` hands on what it names.
pub(super) fn is_reexport(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}

#[derive(Default)]
struct AllImports(Vec<Import>);

impl Visit<'_> for AllImports {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.0.extend(imports(&item.tree));
    }
}

/// Whether one of the attributes leaves the item to tests alone, which may look at anything.
pub(super) fn is_only_for_tests(attributes: &[Attribute]) -> bool {
    fn requires_tests(condition: &Meta) -> bool {
        match condition {
            Meta::Path(path) => path.is_ident("test") || path.is_ident("doctest"),
            Meta::List(list) if list.path.is_ident("all") || list.path.is_ident("any") => {
                let parts = Punctuated::<Meta, Token![,]>::parse_terminated
                    .parse2(list.tokens.clone())
                    .expect("conditions, separated by commas");
                if list.path.is_ident("all") {
                    parts.iter().any(requires_tests)
                } else {
                    parts.iter().all(requires_tests)
                }
            }
            _ => false,
        }
    }
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .any(|attribute| requires_tests(&attribute.parse_args().expect("a condition")))
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
