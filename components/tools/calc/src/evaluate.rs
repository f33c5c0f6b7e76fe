//! From tokens to a number, by precedence: sums, then products, then signs, then powers (from the right).

use crate::function;
use crate::token::{Fault, Token, tokens};
use rust_decimal::{Decimal, MathematicalOps as _};

/// The longest expression that is looked at, in bytes.
pub const MAX_LENGTH: usize = 4 * 1024;
/// How deep parentheses, signs and powers may nest.
pub const MAX_DEPTH: usize = 64;

/// Calculates an expression; answers in plain digits.
///
/// ```
/// assert_eq!(loket_calc::evaluate("0.1 + 0.2"), Ok("0.3".to_owned()));
/// assert!(loket_calc::evaluate("1 / 0").is_err());
/// ```
///
/// # Errors
/// When the expression is too long, makes no sense, or has no result in 28 digits.
pub fn evaluate(expression: &str) -> Result<String, Fault> {
    if expression.len() > MAX_LENGTH {
        let what =
            format!("the expression has {} bytes and may have {MAX_LENGTH}; calculate it in parts", expression.len());
        return Err(Fault { at: 1, what });
    }
    let mut parser = Parser { tokens: tokens(expression)?, next: 0, end: expression.chars().count() + 1, depth: 0 };
    let result = parser.expression(0)?;
    match parser.peek() {
        None => Ok(plain(result)),
        Some(Token::Sign(')')) => Err(parser.fault("this `)` closes nothing; remove it, or add a `(` before")),
        Some(Token::Sign(',')) => {
            Err(parser.fault("a `,` only parts the arguments of a function; a decimal point is `.`"))
        }
        Some(token) => Err(parser.fault(&format!("there is no operator before {token}; write one of `+ - * / % ^`"))),
    }
}

/// A number without trailing zeros, and without a sign when it is zero.
fn plain(number: Decimal) -> String {
    if number.is_zero() { "0".to_owned() } else { number.normalize().to_string() }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    /// The place behind the last character.
    end: usize,
    depth: usize,
}

/// How strongly signs bind: more than products, less than powers, so that `-2 ^ 2` is `-4`.
const SIGN: u8 = 3;

impl Parser {
    /// Reads operands and all operators that bind at least as strongly as `floor`.
    fn expression(&mut self, floor: u8) -> Result<Decimal, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(&format!("this nests deeper than {MAX_DEPTH} levels; calculate it in parts")));
        }
        let mut left = self.operand()?;
        while let Some(Token::Sign(sign)) = self.peek() {
            let sign = *sign;
            // The strength, and that of what stands to the right: for powers the same, so that they group from the right.
            let (strength, right) = match sign {
                '+' | '-' => (1, 2),
                '*' | '/' | '%' => (2, 3),
                '^' => (4, 4),
                _ => break,
            };
            if strength < floor {
                break;
            }
            let at = self.place();
            self.next += 1;
            let right = self.expression(right)?;
            left = apply(sign, left, right).map_err(|what| Fault { at, what })?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Decimal, Fault> {
        let at = self.place();
        let token = self.peek().cloned();
        self.next += usize::from(token.is_some());
        match token {
            Some(Token::Number(number)) => Ok(number),
            Some(Token::Sign('-')) => Ok(-self.expression(SIGN)?),
            Some(Token::Sign('+')) => self.expression(SIGN),
            Some(Token::Sign('(')) => {
                let inner = self.expression(0)?;
                self.close(at)?;
                Ok(inner)
            }
            Some(Token::Name(name)) => {
                if self.peek() != Some(&Token::Sign('(')) {
                    let what =
                        format!("`{name}` is no number; after the name of a function comes a `(`: {}", function::NAMES);
                    return Err(Fault { at, what });
                }
                let open = self.place();
                self.next += 1;
                let arguments = self.arguments()?;
                self.close(open)?;
                function::call(&name, &arguments).map_err(|what| Fault { at, what })
            }
            Some(token) => {
                Err(Fault { at, what: format!("a number, a function or a `(` should stand here, not {token}") })
            }
            None if self.tokens.is_empty() => {
                Err(Fault { at, what: "the expression is empty; write for example `2 * (3 + 4)`".into() })
            }
            None => Err(Fault {
                at,
                what: "the expression ends here, where a number, a function or a `(` should follow".into(),
            }),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Decimal>, Fault> {
        let mut arguments = Vec::new();
        if self.peek() == Some(&Token::Sign(')')) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(0)?);
            if self.peek() != Some(&Token::Sign(',')) {
                return Ok(arguments);
            }
            self.next += 1;
        }
    }

    fn close(&mut self, open: usize) -> Result<(), Fault> {
        match self.peek() {
            Some(Token::Sign(')')) => {
                self.next += 1;
                Ok(())
            }
            Some(token) => Err(self.fault(&format!(
                "an operator or the `)` for the `(` at character {open} should stand here, not {token}"
            ))),
            None => Err(self.fault(&format!("the `(` at character {open} is never closed; add a `)`"))),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn fault(&self, what: &str) -> Fault {
        Fault { at: self.place(), what: what.to_owned() }
    }
}

fn apply(sign: char, left: Decimal, right: Decimal) -> Result<Decimal, String> {
    if right.is_zero() && matches!(sign, '/' | '%') {
        return Err("this divides by zero; nothing is the answer to that".into());
    }
    let result = match sign {
        '+' => left.checked_add(right),
        '-' => left.checked_sub(right),
        '*' => left.checked_mul(right),
        '/' => left.checked_div(right),
        '%' => left.checked_rem(right),
        _ => return power(left, right),
    };
    result.ok_or_else(too_large)
}

fn power(base: Decimal, exponent: Decimal) -> Result<Decimal, String> {
    if base.is_zero() && exponent.is_sign_negative() && !exponent.is_zero() {
        return Err("zero has no negative power, as that would divide by zero".into());
    }
    if exponent.is_integer() {
        let exponent = i64::try_from(exponent).map_err(|_| too_large())?;
        return base.checked_powi(exponent).ok_or_else(too_large);
    }
    if base.is_sign_negative() && !base.is_zero() {
        return Err(format!(
            "`{}` to the power of `{}` is no real number; use a whole exponent",
            plain(base),
            plain(exponent)
        ));
    }
    if exponent == Decimal::new(5, 1) {
        return base.sqrt().ok_or_else(too_large);
    }
    base.checked_powd(exponent).ok_or_else(too_large)
}

/// What is said when a result does not fit.
pub(crate) fn too_large() -> String {
    "the result does not fit into 28 digits (at most 79228162514264337593543950335); use smaller numbers".to_owned()
}
