//! Which file needs which other, and by what names.

use super::names::{Names, Target, attributes, imports, is_only_for_tests, is_reexport};
use std::collections::{BTreeMap, BTreeSet};
use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::Visit;
use syn::{Attribute, ImplItem, Item, ItemUse, Macro, Path, Stmt, TraitItem};

/// The names by which the first file needs the second.
pub(super) type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// What the files of some crates need.
#[derive(Default)]
pub(super) struct Needs {
    /// Between files: each name is followed to the file that defines it. Neither `mod x;` nor handing on a
    /// name of a module below makes an arrow.
    pub(super) files: Arrows,
    /// Between modules, by their full paths, with whole modules that are imported: what layers are held by.
    pub(super) modules: Arrows,
    /// What each module names of the standard library and of strangers' crates, macros with their `!`.
    pub(super) outside: BTreeMap<String, BTreeSet<String>>,
    /// Paths that begin with `crate`, `self` or `super` and were not found, with their files.
    pub(super) lost: BTreeSet<(String, String)>,
}

impl Needs {
    pub(super) fn of(names: &Names) -> Self {
        let mut needs = Self::default();
        for (module, read) in names.modules.iter().enumerate() {
            let mut reader = Reader { names, module, needs: &mut needs };
            for item in &read.items {
                reader.visit_item(item);
            }
        }
        needs
    }
}

struct Reader<'a> {
    names: &'a Names,
    module: usize,
    needs: &'a mut Needs,
}

impl Reader<'_> {
    fn path(&mut self, path: &[String]) {
        if path.is_empty() || path[0] == "Self" {
            return;
        }
        let found = self.names.resolve(self.module, path);
        self.note_lost(path, found.is_empty());
        for target in found {
            self.note(target);
        }
    }

    fn note_lost(&mut self, path: &[String], nothing: bool) {
        if nothing && matches!(path[0].as_str(), "crate" | "self" | "super") && path.len() > 1 {
            let file = self.names.modules[self.module].file.clone();
            self.needs.lost.insert((file, path.join("::")));
        }
    }

    fn note(&mut self, target: Target) {
        let here = &self.names.modules[self.module];
        let mine = here.path.join("::");
        let (there, name) = match target {
            Target::Outside(path) => {
                self.needs.outside.entry(mine).or_default().insert(path);
                return;
            }
            Target::Module(module) => (&self.names.modules[module], None),
            Target::Item { module, name } => (&self.names.modules[module], Some(name)),
        };
        let theirs = there.path.join("::");
        if mine != theirs {
            let word = name.clone().unwrap_or_else(|| "the module itself".to_owned());
            self.needs.modules.entry((mine, theirs)).or_default().insert(word);
        }
        if let Some(name) = name.filter(|_| here.file != there.file) {
            self.needs.files.entry((here.file.clone(), there.file.clone())).or_default().insert(name);
        }
    }

    /// Paths in tokens that nobody has parsed: the arguments of macros and attributes.
    fn tokens(&mut self, mut cursor: Cursor, with_texts: bool) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut dots = 0;
        while !cursor.eof() {
            if let Some((name, next)) = cursor.ident() {
                if colons != 2 {
                    self.path(&std::mem::take(&mut path));
                }
                if dots != 1 {
                    path.push(name.to_string());
                }
                (colons, dots, cursor) = (0, 0, next);
            } else if let Some((punct, next)) = cursor.punct() {
                colons = if punct.as_char() == ':' { colons + 1 } else { 0 };
                dots = if punct.as_char() == '.' { dots + 1 } else { 0 };
                if colons == 0 {
                    self.path(&std::mem::take(&mut path));
                }
                cursor = next;
            } else if let Some((inside, _, _, next)) = cursor.any_group() {
                self.path(&std::mem::take(&mut path));
                self.tokens(inside, with_texts);
                (colons, dots, cursor) = (0, 0, next);
            } else {
                if let Some((literal, _)) = cursor.literal().filter(|_| with_texts) {
                    self.text(&literal.to_string());
                }
                self.path(&std::mem::take(&mut path));
                (colons, dots) = (0, 0);
                cursor = cursor.token_tree().expect("not at the end").1;
            }
        }
        self.path(&path);
    }

    /// Attributes name functions in quotes: `#[serde(with = "module")]`.
    fn text(&mut self, literal: &str) {
        let Ok(path) = syn::parse_str::<syn::LitStr>(literal).and_then(|text| text.parse::<Path>()) else {
            return;
        };
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A single word that is a module's name happens to be: `#[command(name = "dpac")]`.
        let is_meant = |target: &Target| segments.len() > 1 || matches!(target, Target::Item { .. });
        for target in self.names.resolve(self.module, &segments).into_iter().filter(is_meant) {
            self.note(target);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_only_for_tests(attributes(item)) && !matches!(item, Item::Mod(_)) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs[..],
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        };
        if !is_only_for_tests(attributes) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if !matches!(item, TraitItem::Fn(function) if is_only_for_tests(&function.attrs)) {
            syn::visit::visit_trait_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if !matches!(statement, Stmt::Local(local) if is_only_for_tests(&local.attrs)) {
            syn::visit::visit_stmt(self, statement);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for import in imports(&item.tree) {
            let mut found = match item.leading_colon {
                None => self.names.resolve(self.module, &import.path),
                Some(_) => Vec::new(),
            };
            let relative = matches!(import.path[0].as_str(), "crate" | "self" | "super");
            if found.is_empty() && !relative {
                found.push(Target::Outside(import.path.join("::")));
            }
            self.note_lost(&import.path, found.is_empty());
            for target in found {
                let below = match &target {
                    Target::Module(module) | Target::Item { module, .. } => {
                        self.names.is_within(*module, self.module)
                    }
                    Target::Outside(_) => false,
                };
                if !(below && is_reexport(&item.vis)) {
                    self.note(target);
                }
            }
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        match path.leading_colon {
            None => self.path(&segments),
            Some(_) => self.note(Target::Outside(segments.join("::"))),
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_macro(&mut self, invoked: &'ast Macro) {
        let mut path: Vec<String> =
            invoked.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&path);
        let name = path.pop().expect("a path has a segment");
        let here = self.names.modules[self.module].path.join("::");
        self.needs.outside.entry(here).or_default().insert(format!("{name}!"));
        self.tokens(TokenBuffer::new2(invoked.tokens.clone()).begin(), false);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(TokenBuffer::new2(list.tokens.clone()).begin(), true);
        }
    }
}
