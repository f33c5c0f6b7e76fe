//! From text to tokens, each with its place, so that every error can say where.

use rust_decimal::Decimal;
use std::fmt;
use winnow::ascii::{digit1, multispace0};
use winnow::combinator::{alt, opt, preceded};
use winnow::prelude::*;
use winnow::stream::{AsChar, LocatingSlice, Location as _};
use winnow::token::{any, one_of, take_while};

/// What is wrong with an expression, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The character at which it goes wrong, counted from 1.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at character {}: {}", self.at, self.what)
    }
}

impl std::error::Error for Fault {}

/// One word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A number.
    Number(Decimal),
    /// A function's name, in small letters.
    Name(String),
    /// An operator, a parenthesis or a comma.
    Sign(char),
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Number(number) => write!(formatter, "`{number}`"),
            Token::Name(name) => write!(formatter, "`{name}`"),
            Token::Sign(sign) => write!(formatter, "`{sign}`"),
        }
    }
}

/// A token as it stands in the text.
enum Word<'t> {
    Number(&'t str),
    Name(&'t str),
    Sign(char),
    Stranger(char),
}

/// Cuts an expression into tokens with their places.
///
/// # Errors
/// For characters that mean nothing here, and for numbers that do not fit.
pub fn tokens(expression: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let place = |offset: usize| expression[..offset].chars().count() + 1;
    let mut input = LocatingSlice::new(expression);
    let mut tokens = Vec::new();
    loop {
        skip_space(&mut input);
        if input.is_empty() {
            return Ok(tokens);
        }
        let at = place(input.current_token_start());
        let token = match word(&mut input) {
            Some(Word::Number(digits)) => number(digits).map_err(|what| Fault { at, what })?,
            Some(Word::Name(name)) => Token::Name(name.to_ascii_lowercase()),
            Some(Word::Sign(sign)) => Token::Sign(sign),
            Some(Word::Stranger(stranger)) => return Err(Fault { at, what: strange(stranger) }),
            None => return Ok(tokens),
        };
        if (tokens.last(), &token) == (Some(&(at.wrapping_sub(1), Token::Sign('*'))), &Token::Sign('*')) {
            return Err(Fault { at, what: "`**` is no operator; write `^` for a power".into() });
        }
        tokens.push((at, token));
    }
}

fn skip_space(input: &mut LocatingSlice<&str>) {
    let skipped: winnow::ModalResult<&str> = multispace0.parse_next(input);
    drop(skipped);
}

fn word<'t>(input: &mut LocatingSlice<&'t str>) -> Option<Word<'t>> {
    let digits = || (digit1::<_, winnow::error::ErrMode<winnow::error::EmptyError>>, take_while(0.., ('0'..='9', '_')));
    let fraction = || ('.', take_while(0.., ('0'..='9', '_')));
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1);
    let number = (alt(((digits(), opt(fraction())).void(), preceded('.', digits()).void())), opt(exponent)).take();
    let name = (
        one_of(|letter: char| letter.is_alpha()),
        take_while(0.., |letter: char| letter.is_alphanum() || letter == '_'),
    )
        .take();
    let sign = one_of(['+', '-', '*', '/', '%', '^', '(', ')', ',', '×', '·', '÷', '−']).map(|sign| match sign {
        '×' | '·' => '*',
        '÷' => '/',
        '−' => '-',
        sign => sign,
    });
    alt((number.map(Word::Number), name.map(Word::Name), sign.map(Word::Sign), any.map(Word::Stranger)))
        .parse_next(input)
        .ok()
}

fn number(digits: &str) -> Result<Token, String> {
    let plain = digits.replace('_', "");
    let number = if plain.contains(['e', 'E']) {
        Decimal::from_scientific(&plain)
    } else {
        Decimal::from_str_exact(plain.trim_end_matches('.'))
    };
    number
        .map(Token::Number)
        .map_err(|_| format!("the number `{digits}` does not fit into 28 digits; shorten or round it"))
}

fn strange(stranger: char) -> String {
    let hint = match stranger {
        '[' | '{' | ']' | '}' => "use `(` and `)`",
        '=' | '<' | '>' => "this calculates numbers and does not compare them",
        '$' | '€' | '£' => "leave the currency out",
        ';' | ':' => "a decimal point is `.`, and arguments are parted by `,`",
        _ => "allowed are numbers, `+ - * / % ^`, parentheses, commas and the functions",
    };
    format!("`{}` means nothing here; {hint}", stranger.escape_debug())
}
