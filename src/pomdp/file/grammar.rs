//! Tokens to statements: preamble items, the start belief, entries. No name is resolved and no number counted
//! here.
//!
//! The grammar needs one token ahead, and two where a word may begin a statement.

use super::diagnostic::{Kind, Report};
use super::lexer::{Keyword, Token, TokenKind, Tokens, WORDS, statement_words};
use super::no_name::{NoName, is_text};
use super::number::{Number, numbers};
use super::shown::{illegal_character, shown};
use super::space::{nearest, nearest_place};
use super::statement::{Body, Content, Entry, FIELDS_MAX, Heading, Run, Start, Statement};
use std::ops::Range;

/// The heading of an entry that begins at a place where one has been read before.
pub(super) fn heading_again(source: &[u8], start: usize) -> Option<Heading<'_>> {
    Parser::at(source, start).heading().ok()
}

/// The first number of an entry that has been read before.
pub(super) fn number_of_entry(source: &[u8], start: usize) -> Option<Number<'_>> {
    let mut parser = Parser::at(source, start);
    parser.heading().ok()?;
    numbers(parser.number().ok()?).next()
}

/// Something that cannot stand where it stands: at the token ahead, if it says nothing else.
#[derive(Clone, Debug)]
enum Fault {
    /// Another token, or the end, was found where this is expected.
    Unexpected(&'static str),
    /// A reserved word was found where this is expected.
    Reserved(&'static str),
    /// A list of states without any.
    EmptyStart,
    /// An element of a list that is no name.
    NoName(NoName),
}

type Parse<T> = Result<T, Fault>;

/// What is expected between statements.
const STATEMENT: &str = "an item or entry, such as `T:`";

/// What is expected after the action of a reward.
const REWARD_STATE: &str = "`:` and a state; `R: action` has no table form";

const FIELD: &str = "a name, a position or `*`";

/// Reads statements one after another.
pub(super) struct Parser<'s> {
    /// What comes after the token ahead.
    tokens: Tokens<'s>,
    ahead: Option<Token<'s>>,
    /// Numbers that begin with their point, since the last statement: where the first ones stand.
    points: Vec<Range<usize>>,
    /// Whether a list of states, actions or observations holds what are no names: what is wrong with entries
    /// then follows from it.
    names_refused: bool,
}

/// At most as many are worth reporting.
const POINTS_MAX: usize = super::diagnostic::LIMIT;

impl<'s> Parser<'s> {
    /// From `start` on, where no token may have begun before.
    pub(super) fn at(source: &'s [u8], start: usize) -> Self {
        let tokens = Tokens::within(source, start..source.len());
        let mut parser = Parser { tokens, ahead: None, points: Vec::new(), names_refused: false };
        parser.bump();
        parser
    }

    /// The next statement, with its faults and oddities reported; `None` at the end. After a fault, reading
    /// goes on at the next word that begins a statement.
    pub(super) fn statement(&mut self, report: &mut Report<'_>) -> Option<Statement<'s>> {
        loop {
            let head = self.ahead?;
            let meant = self.meant(head);
            let read = self.statement_of(head);
            let item = meant
                .is_some_and(|word| !matches!(word, Keyword::T | Keyword::O | Keyword::R | Keyword::Start));
            let follows = self.names_refused && !item;
            let statement = match read {
                Ok(statement) => Some(statement),
                Err(fault) => {
                    if !follows {
                        self.describe(&fault, head, report);
                    }
                    self.names_refused |= matches!(fault, Fault::NoName(_));
                    self.recover(head, follows, report);
                    meant.map(|keyword| Statement { head, keyword, content: Content::Damaged })
                }
            };
            for span in self.points.drain(..).filter(|_| !follows) {
                let message = "a number without a digit before its point";
                let help = "other readers want `0.5` instead of `.5`";
                report.extension(Kind::LeadingPoint, Kind::IllegalCharacter, span, message, help);
            }
            if statement.is_some() {
                return statement;
            }
        }
    }

    /// To the next word that begins a statement, beyond `head`.
    fn recover(&mut self, head: Token<'s>, quiet: bool, report: &mut Report<'_>) {
        while let Some(token) = self.ahead {
            if token != head && self.statement_ahead() {
                break;
            }
            if token.kind == TokenKind::Illegal && !quiet {
                illegal_character(token, report);
            }
            self.bump();
        }
    }

    /// Whether a list of elements held what are no names.
    pub(super) fn names_refused(&self) -> bool {
        self.names_refused
    }

    /// Says no more of what is wrong with entries.
    pub(super) fn hush_entries(&mut self) {
        self.names_refused = true;
    }

    fn bump(&mut self) -> Option<Token<'s>> {
        let token = std::mem::replace(&mut self.ahead, self.tokens.next());
        if let Some(token) = &token {
            self.note_point(token);
        }
        token
    }

    fn note_point(&mut self, token: &Token<'_>) {
        if token.begins_with_point() && self.points.len() < POINTS_MAX {
            self.points.push(token.span());
        }
    }

    fn bump_if(&mut self, wanted: impl Fn(&Token<'s>) -> bool) -> Option<Token<'s>> {
        if self.ahead.as_ref().is_some_and(wanted) { self.bump() } else { None }
    }

    fn is_ahead(&self, wanted: impl Fn(&Token<'s>) -> bool) -> bool {
        self.ahead.as_ref().is_some_and(wanted)
    }

    /// The token after the one ahead.
    fn second(&self) -> Option<Token<'s>> {
        self.tokens.clone().next()
    }

    /// Whether a statement begins here: its word and a colon, or `start include` and `start exclude`.
    fn statement_ahead(&self) -> bool {
        let Some(TokenKind::Keyword(word)) = self.ahead.map(|token| token.kind) else { return false };
        word.begins_statement()
            && self.second().is_some_and(|second| {
                let list = matches!(second.kind, TokenKind::Keyword(Keyword::Include | Keyword::Exclude));
                second.kind == TokenKind::Colon || (word == Keyword::Start && list)
            })
    }

    /// The item or entry that begins here, perhaps with a misspelt word: so that it is not missed as well.
    fn meant(&self, head: Token<'_>) -> Option<Keyword> {
        match head.kind {
            TokenKind::Keyword(word) => Some(word).filter(|word| word.begins_statement()),
            TokenKind::Name if self.second().is_some_and(is_colon) => {
                let words = statement_words();
                nearest_place(head.text(), words).and_then(|place| Keyword::of(words[place].as_bytes()))
            }
            _ => None,
        }
    }

    /// Reports a fault of the statement that `head` begins.
    fn describe(&self, fault: &Fault, head: Token<'_>, report: &mut Report<'_>) {
        let expected = match fault {
            Fault::Unexpected(expected) | Fault::Reserved(expected) => expected,
            Fault::EmptyStart => {
                let message = "the start belief lists no state";
                let help = "list states, or leave `start` out: every state is then equally likely";
                return report.error_with_help(Kind::EmptyStart, head.span(), message, help);
            }
            Fault::NoName(found) => return found.describe(self.tokens.source(), head, report),
        };
        let began = |report: &Report<'_>| {
            format!("`{}` on line {} is not complete", shown(head.text()), report.line(head.start))
        };
        let Some(token) = self.ahead else {
            let message = format!("the file ends where {expected} is expected");
            let help = began(report);
            return report.error_with_help(Kind::UnexpectedEnd, report.end(), message, help);
        };
        let (text, expected) = (token.text(), *expected);
        let kind = match fault {
            Fault::Reserved(_) => Kind::ReservedWord,
            _ => Kind::UnexpectedToken,
        };
        // What recovers from the fault reports illegal characters, this one included.
        if token.kind == TokenKind::Illegal || report.passes_over() {
            return;
        }
        let message = match fault {
            Fault::Reserved(_) => format!("`{text}` is a reserved word, expected {expected}"),
            _ => format!("found `{}`, expected {expected}", shown(text)),
        };
        let help = match token.kind {
            _ if kind == Kind::ReservedWord => {
                Some("`uniform`, `identity` and `reset` come after the fields".to_owned())
            }
            _ if expected == REWARD_STATE => {
                let help = "`R: action : state` takes a row per next state, with one number per observation";
                Some(help.to_owned())
            }
            TokenKind::Name if expected == STATEMENT => nearest(text, statement_words()),
            TokenKind::Name => nearest(text, &WORDS),
            _ if self.statement_ahead() => Some(began(report)),
            _ => None,
        };
        match help {
            Some(help) => report.error_with_help(kind, token.span(), message, help),
            None => report.error(kind, token.span(), message),
        }
    }

    fn statement_of(&mut self, head: Token<'s>) -> Parse<Statement<'s>> {
        let keyword = match head.kind {
            TokenKind::Keyword(keyword) if keyword.begins_statement() => keyword,
            _ => return Err(Fault::Unexpected(STATEMENT)),
        };
        if matches!(keyword, Keyword::T | Keyword::O | Keyword::R) {
            let content = Content::Entry(self.entry()?);
            return self.whole(Statement { head, keyword, content });
        }
        self.bump();
        let content = match keyword {
            Keyword::Discount => {
                self.colon()?;
                Content::Discount(self.number()?)
            }
            Keyword::Values => {
                self.colon()?;
                Content::Values(self.values()?)
            }
            Keyword::States | Keyword::Actions | Keyword::Observations => {
                self.colon()?;
                Content::Elements(self.elements()?)
            }
            _ => Content::Start(self.start()?),
        };
        self.whole(Statement { head, keyword, content })
    }

    /// The statement, unless an illegal character follows: what stands before one is only a part of what was
    /// meant, so its numbers are not counted.
    fn whole(&self, statement: Statement<'s>) -> Parse<Statement<'s>> {
        let illegal = self.is_ahead(|token| token.kind == TokenKind::Illegal);
        if illegal { Err(Fault::Unexpected(STATEMENT)) } else { Ok(statement) }
    }

    fn colon(&mut self) -> Parse<Token<'s>> {
        self.bump_if(|token| is_colon(*token)).ok_or(Fault::Unexpected("`:`"))
    }

    /// What has been read since `first` was ahead.
    fn since(&self, first: usize, end: usize) -> Tokens<'s> {
        Tokens::within(self.tokens.source(), first..end)
    }

    /// Where the token ahead begins.
    fn here(&self) -> usize {
        self.ahead.map_or(self.tokens.source().len(), |token| token.start)
    }

    /// An optional sign and a number.
    fn number(&mut self) -> Parse<Tokens<'s>> {
        let first = self.here();
        self.bump_if(Token::is_sign);
        let digits = self.bump_if(Token::is_number).ok_or(Fault::Unexpected("a number"))?;
        Ok(self.since(first, digits.end()))
    }

    /// Numbers with optional signs, as far as they go.
    fn numbers(&mut self) -> Parse<Option<Run<'s>>> {
        let first = self.here();
        let (mut count, mut end) = (0, first);
        // A matrix may be nearly all of a file, so that this loop has its tokens at hand.
        let mut tokens = self.tokens;
        while let Some(token) = self.ahead {
            let (is_number, is_sign) = (token.is_number(), token.is_sign());
            if !(is_number || is_sign) {
                break;
            }
            self.note_point(&token);
            self.ahead = tokens.next();
            self.tokens = tokens;
            if is_number {
                (count, end) = (count + 1, token.end());
            } else if !self.is_ahead(Token::is_number) {
                return Err(Fault::Unexpected("a number"));
            }
        }
        Ok((count > 0).then(|| Run { tokens: self.since(first, end), count }))
    }

    fn values(&mut self) -> Parse<Token<'s>> {
        self.bump_if(|token| match token.kind {
            TokenKind::Keyword(keyword) => matches!(keyword, Keyword::Reward | Keyword::Cost),
            TokenKind::Name => matches!(token.bytes, b"rewards" | b"costs"),
            _ => false,
        })
        .ok_or(Fault::Unexpected("`reward` or `cost`"))
    }

    /// A count, or names. Reserved words are let through where no statement begins, to be reported as such.
    fn elements(&mut self) -> Parse<Tokens<'s>> {
        let first = self.here();
        let signed = self.is_ahead(Token::is_sign)
            && self.second().is_some_and(|second| second.kind == TokenKind::Integer);
        if signed {
            self.bump();
        }
        let (mut integers, mut in_order, mut end) = (0, !signed, first);
        while let Some(digits) = self.bump_if(|token| token.kind == TokenKind::Integer) {
            in_order &= digits.bytes == integers.to_string().as_bytes();
            (integers, end) = (integers + 1, digits.end());
        }
        while integers == 0
            && let Some(name) = self.listed_name()
        {
            end = name.end();
        }
        if end == first && !self.is_ahead(|token| token.kind == TokenKind::Illegal && is_text(token.bytes)) {
            return Err(Fault::Unexpected("a count or a list of names"));
        }
        let whole = self.list_ends();
        if whole && (integers <= 1 || in_order) {
            return Ok(self.since(first, end));
        }
        let odd = if integers == 0 { self.here() } else { first };
        // All of the list is passed over, so that it is one error.
        while !self.list_ends() {
            self.bump();
        }
        let integers = (whole && integers > 1).then_some(integers);
        Err(Fault::NoName(NoName::new(self.tokens.source(), odd, integers)))
    }

    /// Whether nothing here can be meant for an element of the list before.
    fn list_ends(&self) -> bool {
        let Some(token) = self.ahead else { return true };
        match token.kind {
            TokenKind::Keyword(word) if word.begins_statement() => true,
            TokenKind::Keyword(_) | TokenKind::Name => self.second().is_some_and(is_colon),
            TokenKind::Illegal => !is_text(token.bytes),
            _ => false,
        }
    }

    /// No name of a list is followed by a colon: it is a statement with a misspelt word.
    fn listed_name(&mut self) -> Option<Token<'s>> {
        let word =
            self.ahead.filter(|token| matches!(token.kind, TokenKind::Name | TokenKind::Keyword(_)))?;
        if self.statement_ahead() || self.second().is_some_and(is_colon) {
            return None;
        }
        self.bump();
        Some(word)
    }

    fn start(&mut self) -> Parse<Start<'s>> {
        const EXPECTED: &str = "`uniform`, probabilities or a state";
        let listed = self
            .bump_if(|token| matches!(token.kind, TokenKind::Keyword(Keyword::Include | Keyword::Exclude)));
        self.colon()?;
        let first = self.here();
        if let Some(listed) = listed {
            let Some(end) = self.states() else {
                let nothing = self.statement_ahead();
                return Err(if nothing { Fault::EmptyStart } else { Fault::Unexpected("a state") });
            };
            let states = self.since(first, end);
            let include = listed.kind == TokenKind::Keyword(Keyword::Include);
            return Ok(if include { Start::Include(states) } else { Start::Exclude(states) });
        }
        if self.bump_if(|token| token.kind == TokenKind::Keyword(Keyword::Uniform)).is_some() {
            return Ok(Start::Uniform);
        }
        if let Some(run) = self.numbers()? {
            return Ok(Start::Numbers(run));
        }
        let Some(name) = self.bump_if(|token| token.kind == TokenKind::Name) else {
            return Err(Fault::Unexpected(EXPECTED));
        };
        let end = self.states().unwrap_or(name.end());
        Ok(Start::Elements(self.since(first, end)))
    }

    /// Names and positions as far as they go: where the last one ends.
    fn states(&mut self) -> Option<usize> {
        let mut end = None;
        loop {
            let state = match self.ahead.map(|token| token.kind) {
                Some(TokenKind::Integer) => self.bump(),
                Some(TokenKind::Name) => self.listed_name(),
                _ => None,
            };
            match state {
                Some(state) => end = Some(state.end()),
                None => return end,
            }
        }
    }

    fn entry(&mut self) -> Parse<Entry<'s>> {
        let heading = self.heading()?;
        let body = match self.numbers()? {
            Some(run) => Body::Numbers(run),
            None => self.keyword_body()?,
        };
        Ok(Entry { heading, body })
    }

    /// The word, and up to four fields for R or up to three for the others.
    fn heading(&mut self) -> Parse<Heading<'s>> {
        let head = self.bump().ok_or(Fault::Unexpected(STATEMENT))?;
        let of_reward = head.kind == TokenKind::Keyword(Keyword::R);
        let most = if of_reward { FIELDS_MAX } else { FIELDS_MAX - 1 };
        self.colon()?;
        let first = self.first_field()?;
        let (mut fields, mut field_count) = ([first; FIELDS_MAX], 1);
        let mut colon = None;
        while colon.is_none()
            && let Some(separator) = self.bump_if(|token| is_colon(*token))
        {
            match if field_count < most { self.bump_if(is_field) } else { None } {
                Some(field) => {
                    fields[field_count] = field;
                    field_count += 1;
                }
                None if of_reward && field_count == 1 => return Err(Fault::Unexpected(FIELD)),
                None => colon = Some(separator),
            }
        }
        // `R: a` has no table form when there are observations, so R takes two fields at least.
        if of_reward && field_count == 1 {
            return Err(Fault::Unexpected(REWARD_STATE));
        }
        Ok(Heading { head, fields, field_count, colon })
    }

    fn keyword_body(&mut self) -> Parse<Body<'s>> {
        match self.ahead {
            Some(token @ Token { kind: TokenKind::Keyword(keyword), .. }) if !self.statement_ahead() => {
                self.bump();
                Ok(Body::Keyword(token, keyword))
            }
            _ => Err(Fault::Unexpected("a number, `uniform`, `identity` or `reset`")),
        }
    }

    /// A field where no body can stand, so that a reserved word must be a mistaken name.
    fn first_field(&mut self) -> Parse<Token<'s>> {
        if self.is_ahead(|token| matches!(token.kind, TokenKind::Keyword(_))) && !self.statement_ahead() {
            return Err(Fault::Reserved(FIELD));
        }
        self.bump_if(is_field).ok_or(Fault::Unexpected(FIELD))
    }
}

fn is_colon(token: Token<'_>) -> bool {
    token.kind == TokenKind::Colon
}

/// Whether it is a name, a position or `*`.
fn is_field(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Name | TokenKind::Integer | TokenKind::Star)
}
