//! The one secret that a client shows.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::Error;

/// The shortest token, in bytes: what 16 random bytes are in hexadecimal.
pub const TOKEN_BYTES_MIN: usize = 32;

/// The longest token, in bytes.
pub const TOKEN_BYTES_MAX: usize = 256;

/// What a client must show as `Authorization: Bearer ...`; it is never printed.
#[derive(Clone)]
pub struct Token(Box<[u8]>);

impl Token {
    /// Takes a token; blanks and line ends around it are not part of it.
    ///
    /// # Errors
    ///
    /// [`Error::Token`] where it has fewer than [`TOKEN_BYTES_MIN`] or more than [`TOKEN_BYTES_MAX`] bytes, or others
    /// than a header can carry.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if !(TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX).contains(&text.len()) {
            return Err(Error::Token { what: "it has not between 32 and 256 characters" });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Token { what: "it has others than visible ASCII characters" });
        }
        Ok(Self(text.as_bytes().into()))
    }

    /// Whether this is the token; how long that takes does not tell how much of it is right.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        self.0.ct_eq(shown).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::new(&format!(" {RIGHT}\n")).unwrap();
        let cases = [
            (RIGHT, true),
            ("0123456789abcdef0123456789abcdeF", false),
            ("0123456789abcdef0123456789abcde", false),
            ("0123456789abcdef0123456789abcdef0", false),
            ("", false),
        ];
        for (shown, is) in cases {
            assert_eq!(token.is(shown.as_bytes()), is, "{shown:?}");
        }
        assert!(!format!("{token:?}").contains("0123"));
    }

    #[test]
    fn a_token_that_is_easily_guessed_or_cannot_be_sent_is_refused() {
        for text in ["", "secret", &"x".repeat(257), &"名".repeat(20), &format!("{RIGHT} {RIGHT}")] {
            assert!(Token::new(text).is_err(), "{text:?}");
        }
    }
}
