//! The command line: flags, each followed by its value.

use super::Failure;
use std::ffi::OsString;
use std::str::FromStr;

/// What is left of a command line.
#[derive(Debug)]
pub(crate) struct Words {
    left: std::vec::IntoIter<String>,
    /// The flag that was taken last, for messages.
    flag: String,
}

impl Words {
    pub(crate) fn new(words: impl Iterator<Item = OsString>) -> Result<Self, Failure> {
        let text = |word: OsString| {
            let text = word.into_string();
            text.map_err(|word| format!("the argument {word:?} is not UTF-8"))
        };
        let words: Vec<_> = words.map(text).collect::<Result<_, _>>()?;
        let (left, flag) = (words.into_iter(), String::new());
        Ok(Self { left, flag })
    }

    pub(crate) fn ask_for_help(&self) -> bool {
        let mut words = self.left.as_slice().iter();
        words.any(|word| word == "--help" || word == "-h")
    }

    /// Takes the next flag.
    pub(crate) fn flag(&mut self) -> Option<String> {
        self.flag = self.left.next()?;
        Some(self.flag.clone())
    }

    /// Takes the value of the flag before it; `what` is what it should be, for a user to read.
    pub(crate) fn value<T: FromStr>(&mut self, what: &str) -> Result<T, String> {
        let flag = &self.flag;
        let value = self.left.next().ok_or(format!("{flag} needs a value"))?;
        let parsed = value.parse();
        parsed.map_err(|_| format!("{flag} takes {what}, not '{value}'"))
    }

    /// The error for a flag that a program does not have.
    pub(crate) fn unknown(&self) -> String {
        format!("there is no {}; see --help", self.flag)
    }
}
