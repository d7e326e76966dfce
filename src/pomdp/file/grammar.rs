//! Tokens to statements: preamble items, the start belief, entries. No name is resolved and no number counted here.

use super::diagnostic::{Kind, Report};
use super::lexer::{Keyword, Token, TokenKind, WORDS, statement_words};
use super::space::{nearest, nearest_place};
use std::ops::Range;
use winnow::combinator::{alt, cut_err, not, opt, peek, preceded, repeat, terminated};
use winnow::error::{AddContext, ErrMode, ParserError};
use winnow::prelude::*;
use winnow::stream::{Checkpoint, TokenSlice};
use winnow::token::{any, one_of};

/// One item or entry, and the word it began with.
#[derive(Clone, Debug)]
pub(super) struct Statement<'t, 's> {
    pub(super) head: &'t Token<'s>,
    pub(super) keyword: Keyword,
    pub(super) content: Content<'t, 's>,
}

impl Statement<'_, '_> {
    /// Where the first statement of this word has it; the beginning of the file without one.
    pub(super) fn place_of(keyword: Keyword, statements: &[Self]) -> Range<usize> {
        let item = statements.iter().find(|statement| statement.keyword == keyword);
        item.map_or(0..0, |item| item.head.span())
    }

    /// From the entry's word to its last field.
    pub(super) fn span_with(&self, entry: &Entry<'_, '_>) -> Range<usize> {
        let end = entry.fields().last().map_or(self.head.span().end, |field| field.span().end);
        self.head.start..end
    }
}

#[derive(Clone, Debug)]
pub(super) enum Content<'t, 's> {
    Discount(&'t [Token<'s>]),
    Values(&'t Token<'s>),
    /// A count with an optional sign, or names and, wrongly, reserved words.
    Elements(&'t [Token<'s>]),
    Start(Start<'t, 's>),
    Entry(Entry<'t, 's>),
    /// A fault of syntax was reported inside it.
    Damaged,
}

/// The forms of a start belief.
#[derive(Clone, Debug)]
pub(super) enum Start<'t, 's> {
    Uniform,
    /// Numbers with optional signs.
    Numbers(&'t [Token<'s>]),
    /// Names and positions, beginning with a name.
    Elements(&'t [Token<'s>]),
    Include(&'t [Token<'s>]),
    Exclude(&'t [Token<'s>]),
}

/// One entry of T, O or R.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t, 's> {
    /// Fields with the colons between them.
    fields: &'t [Token<'s>],
    /// The colon of the extension `T: a : s : s' : 0.5`.
    pub(super) colon: Option<&'t Token<'s>>,
    pub(super) body: Body<'t, 's>,
}

#[derive(Clone, Debug)]
pub(super) enum Body<'t, 's> {
    Keyword(&'t Token<'s>, Keyword),
    /// Numbers with optional signs.
    Numbers(&'t [Token<'s>]),
}

impl<'t, 's> Entry<'t, 's> {
    pub(super) fn fields(&self) -> impl ExactSizeIterator<Item = &'t Token<'s>> + use<'t, 's> {
        self.fields.iter().step_by(2)
    }
}

/// A number as read, sign applied.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) signed: bool,
    pub(super) span: Range<usize>,
}

/// The numbers in a run of number and sign tokens.
pub(super) fn numbers<'t>(tokens: &'t [Token<'_>]) -> impl Iterator<Item = Number> + use<'t> {
    let mut sign: Option<&Token<'_>> = None;
    tokens.iter().filter_map(move |token| {
        if token.is_sign() {
            sign = Some(token);
            return None;
        }
        let size: f64 = token.text.parse().expect("the lexer's numbers are Rust's");
        let before = sign.take();
        let value = if before.is_some_and(|sign| sign.kind == TokenKind::Minus) { -size } else { size };
        let start = before.map_or(token.start, |sign| sign.start);
        Some(Number { value, signed: before.is_some(), span: start..token.span().end })
    })
}

type Input<'t, 's> = TokenSlice<'t, Token<'s>>;
type Parse<T> = ModalResult<T, Fault>;

/// What was expected where something else stands.
#[derive(Clone, Copy, Debug)]
struct Fault {
    /// Tokens left, the offending one included.
    left: usize,
    kind: Kind,
    expected: &'static str,
}

impl<'t, 's> ParserError<Input<'t, 's>> for Fault {
    type Inner = Self;

    fn from_input(input: &Input<'t, 's>) -> Self {
        Fault { left: input.len(), kind: Kind::UnexpectedToken, expected: "" }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// The innermost expectation is the most precise one, so it stays.
impl<'t, 's> AddContext<Input<'t, 's>, &'static str> for Fault {
    fn add_context(
        mut self,
        _input: &Input<'t, 's>,
        _start: &Checkpoint<&'t [Token<'s>], Input<'t, 's>>,
        expected: &'static str,
    ) -> Self {
        if self.expected.is_empty() {
            self.expected = expected;
        }
        self
    }
}

/// What is expected between statements.
const STATEMENT: &str = "an item or entry, such as `T:`";

/// What is expected after the action of a reward.
const REWARD_STATE: &str = "`:` and a state; `R: action` has no table form";

/// All statements of the file. After a fault, reading goes on at the next word that begins a statement.
pub(super) fn statements<'t, 's>(tokens: &'t [Token<'s>], report: &mut Report<'_>) -> Vec<Statement<'t, 's>> {
    let mut statements = Vec::new();
    let mut rest = tokens;
    while let Some(head) = rest.first() {
        let mut input = TokenSlice::new(rest);
        match statement.parse_next(&mut input) {
            Ok(statement) => {
                statements.push(statement);
                rest = &rest[rest.len() - input.len()..];
            }
            Err(error) => {
                let fault = error.into_inner().expect("the token slice is complete");
                describe(&fault, head, tokens, report);
                if let Some(keyword) = meant(rest) {
                    statements.push(Statement { head, keyword, content: Content::Damaged });
                }
                let from = (rest.len() - fault.left).max(1);
                let next = (from..rest.len()).find(|&i| begins_statement(&rest[i..]));
                rest = &rest[next.unwrap_or(rest.len())..];
            }
        }
    }
    statements
}

/// The item or entry that begins here, perhaps with a misspelt word: so that it is not missed as well.
fn meant(tokens: &[Token<'_>]) -> Option<Keyword> {
    match tokens {
        [Token { kind: TokenKind::Keyword(word), .. }, ..] => {
            Some(*word).filter(|word| word.begins_statement())
        }
        [word, colon, ..] if word.kind == TokenKind::Name && colon.kind == TokenKind::Colon => {
            let words = statement_words();
            nearest_place(word.text, words).and_then(|place| Keyword::of(words[place]))
        }
        _ => None,
    }
}

/// Reports a fault of the statement that `head` begins.
fn describe(fault: &Fault, head: &Token<'_>, tokens: &[Token<'_>], report: &mut Report<'_>) {
    let at = tokens.len() - fault.left;
    let line = report.line(head.start);
    let began = format!("`{}` on line {line} is not complete", head.text);
    let Some(token) = tokens.get(at) else {
        let message = format!("the file ends where {} is expected", fault.expected);
        return report.error_with_help(Kind::UnexpectedEnd, report.end(), message, began);
    };
    let (text, expected) = (token.text, fault.expected);
    let help = match token.kind {
        // The lexer has reported it.
        TokenKind::Illegal => return,
        TokenKind::Name if expected == STATEMENT => nearest(text, statement_words()),
        TokenKind::Name => nearest(text, &WORDS),
        _ if begins_statement(&tokens[at..]) => Some(began),
        _ => None,
    };
    let message = match fault.kind {
        Kind::EmptyStart => "the start belief lists no state".to_owned(),
        Kind::ReservedWord => format!("`{text}` is a reserved word, expected {expected}"),
        _ => format!("found `{text}`, expected {expected}"),
    };
    let help = match fault.kind {
        Kind::EmptyStart => {
            Some("list states, or leave `start` out: every state is then equally likely".into())
        }
        Kind::ReservedWord => Some("`uniform`, `identity` and `reset` come after the fields".into()),
        _ if expected == REWARD_STATE => {
            Some("`R: action : state` takes a row per next state, with one number per observation".into())
        }
        _ => help,
    };
    let span = if fault.kind == Kind::EmptyStart { head.span() } else { token.span() };
    match help {
        Some(help) => report.error_with_help(fault.kind, span, message, help),
        None => report.error(fault.kind, span, message),
    }
}

/// Whether a statement begins here: its word and a colon, or `start include` and `start exclude`.
fn begins_statement(tokens: &[Token<'_>]) -> bool {
    let [Token { kind: TokenKind::Keyword(word), .. }, next, ..] = tokens else {
        return false;
    };
    let list = matches!(next.kind, TokenKind::Keyword(Keyword::Include | Keyword::Exclude));
    word.begins_statement() && (next.kind == TokenKind::Colon || (*word == Keyword::Start && list))
}

fn statement<'t, 's>(input: &mut Input<'t, 's>) -> Parse<Statement<'t, 's>> {
    let (head, keyword) =
        keyword.verify(|(_, keyword)| keyword.begins_statement()).context(STATEMENT).parse_next(input)?;
    let content = match keyword {
        Keyword::Discount => preceded(colon, number.take()).map(Content::Discount).parse_next(input),
        Keyword::Values => preceded(colon, values).map(Content::Values).parse_next(input),
        Keyword::States | Keyword::Actions | Keyword::Observations => {
            preceded(colon, elements).map(Content::Elements).parse_next(input)
        }
        Keyword::Start => start.map(Content::Start).parse_next(input),
        Keyword::R => preceded(colon, reward_entry).map(Content::Entry).parse_next(input),
        _ => preceded(colon, entry(3)).map(Content::Entry).parse_next(input),
    }?;
    // What stands before an illegal character is only a part of what was meant, so its numbers are not counted.
    not(one_of(|token: &Token<'_>| token.kind == TokenKind::Illegal)).parse_next(input)?;
    Ok(Statement { head, keyword, content })
}

fn keyword<'t, 's>(input: &mut Input<'t, 's>) -> Parse<(&'t Token<'s>, Keyword)> {
    any.verify_map(|token: &'t Token<'s>| match token.kind {
        TokenKind::Keyword(keyword) => Some((token, keyword)),
        _ => None,
    })
    .parse_next(input)
}

fn colon<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    one_of(|token: &Token<'_>| token.kind == TokenKind::Colon).context("`:`").parse_next(input)
}

/// An optional sign and a number.
fn number<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    let digits = || one_of(|token: &Token<'_>| token.is_number()).context("a number");
    alt((preceded(one_of(|token: &Token<'_>| token.is_sign()), cut_err(digits())), digits()))
        .parse_next(input)
}

fn values<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    one_of(|token: &Token<'_>| match token.kind {
        TokenKind::Keyword(keyword) => matches!(keyword, Keyword::Reward | Keyword::Cost),
        TokenKind::Name => matches!(token.text, "rewards" | "costs"),
        _ => false,
    })
    .context("`reward` or `cost`")
    .parse_next(input)
}

/// A count, or names. Reserved words are let through where no statement begins, to be reported as such.
fn elements<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t [Token<'s>]> {
    let count = preceded(
        opt(one_of(|token: &Token<'_>| token.is_sign())),
        one_of(|token: &Token<'_>| token.kind == TokenKind::Integer),
    );
    alt((count.take(), repeat::<_, _, (), _, _>(1.., listed_name).take()))
        .context("a count or a list of names")
        .parse_next(input)
}

/// No name of a list is followed by a colon: it is a statement with a misspelt word.
fn listed_name<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    let word = one_of(|token: &Token<'_>| matches!(token.kind, TokenKind::Name | TokenKind::Keyword(_)));
    let end = one_of(|token: &Token<'_>| token.kind == TokenKind::Colon);
    preceded(not(statement_ahead), terminated(word, not(end))).parse_next(input)
}

fn statement_ahead(input: &mut Input<'_, '_>) -> Parse<()> {
    if begins_statement(input) { Ok(()) } else { Err(ErrMode::from_input(input)) }
}

fn start<'t, 's>(input: &mut Input<'t, 's>) -> Parse<Start<'t, 's>> {
    if let Ok((_, listed @ (Keyword::Include | Keyword::Exclude))) = peek(keyword).parse_next(input) {
        keyword(input)?;
        colon(input)?;
        let states = repeat::<_, _, (), _, _>(0.., element).take().parse_next(input)?;
        if states.is_empty() {
            let kind = if begins_statement(input) { Kind::EmptyStart } else { Kind::UnexpectedToken };
            return Err(ErrMode::Cut(Fault { left: input.len(), kind, expected: "a state" }));
        }
        return Ok(if listed == Keyword::Include { Start::Include(states) } else { Start::Exclude(states) });
    }
    let uniform = keyword.verify(|(_, keyword)| *keyword == Keyword::Uniform);
    let elements =
        (one_of(|token: &Token<'_>| token.kind == TokenKind::Name), repeat::<_, _, (), _, _>(0.., element));
    preceded(
        colon,
        alt((
            uniform.map(|_| Start::Uniform),
            repeat::<_, _, (), _, _>(1.., number).take().map(Start::Numbers),
            elements.take().map(Start::Elements),
        ))
        .context("`uniform`, probabilities or a state"),
    )
    .parse_next(input)
}

/// A name or a position.
fn element<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    let position = one_of(|token: &Token<'_>| token.kind == TokenKind::Integer);
    let name = peek(one_of(|token: &Token<'_>| token.kind == TokenKind::Name));
    alt((position, preceded(name, listed_name))).parse_next(input)
}

/// A name, a position or `*`.
fn field<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    one_of(|token: &Token<'_>| matches!(token.kind, TokenKind::Name | TokenKind::Integer | TokenKind::Star))
        .context("a name, a position or `*`")
        .parse_next(input)
}

/// `R: a` has no table form when there are observations, so R takes two fields at least.
fn reward_entry<'t, 's>(input: &mut Input<'t, 's>) -> Parse<Entry<'t, 's>> {
    let second = one_of(|token: &Token<'_>| token.kind == TokenKind::Colon).context(REWARD_STATE);
    peek((first_field, second, field)).parse_next(input)?;
    entry(4).parse_next(input)
}

/// A field where no body can stand, so that a reserved word must be a mistaken name.
fn first_field<'t, 's>(input: &mut Input<'t, 's>) -> Parse<&'t Token<'s>> {
    if matches!(input.first(), Some(Token { kind: TokenKind::Keyword(_), .. })) && !begins_statement(input) {
        let expected = "a name, a position or `*`";
        return Err(ErrMode::Cut(Fault { left: input.len(), kind: Kind::ReservedWord, expected }));
    }
    field(input)
}

/// Up to `most` fields and a body.
fn entry<'t, 's: 't>(most: usize) -> impl FnMut(&mut Input<'t, 's>) -> Parse<Entry<'t, 's>> {
    move |input| {
        let further = repeat::<_, _, (), _, _>(0..most, preceded(colon, field));
        let fields = (first_field, further).take().parse_next(input)?;
        let colon = opt(colon).parse_next(input)?;
        let body = alt((
            repeat::<_, _, (), _, _>(1.., number).take().map(Body::Numbers),
            preceded(not(statement_ahead), keyword).map(|(token, keyword)| Body::Keyword(token, keyword)),
        ))
        .context("a number, `uniform`, `identity` or `reset`")
        .parse_next(input)?;
        Ok(Entry { fields, colon, body })
    }
}
