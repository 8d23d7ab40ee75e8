//! Files of one directory, and of no other.
//!
//! A path is taken apart and every part looked at before the system sees any of it: what goes up, is
//! empty or hidden, or has a byte that names no file is not found. A symbolic link is followed, but
//! what it leads to has to lie below the root as well. (Who may change the directory while it is
//! served can serve what he likes.)

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What a directory's own path gives.
const INDEX: &str = "index.html";

/// The directory that is served.
#[derive(Clone, Debug)]
pub(crate) struct Root(PathBuf);

/// A file that is about to be sent.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) kind: &'static str,
}

impl Root {
    /// # Errors
    ///
    /// There is no such directory, or it may not be read.
    pub(crate) fn new(directory: &str) -> io::Result<Self> {
        let root = fs::canonicalize(directory)?;
        fs::read_dir(&root)?;
        Ok(Self(root))
    }

    /// Opens what `path`, the part of a target before the query, stands for. This asks a disk, so a
    /// task has it done by [`offload`](teem::offload).
    pub(super) fn open(&self, path: &str) -> Option<Found> {
        let wanted = self.0.join(below(path)?);
        let real = fs::canonicalize(wanted).ok()?;
        if !real.starts_with(&self.0) {
            return None;
        }
        // A pipe would wait for its writer.
        if !fs::metadata(&real).ok()?.is_file() {
            return None;
        }
        let file = File::open(&real).ok()?;
        let length = file.metadata().ok()?.len();
        let kind = kind(&real);
        Some(Found { file, length, kind })
    }
}

/// The path of a file below the root that `path` names, if it is one that may be served.
fn below(path: &str) -> Option<PathBuf> {
    let decoded = decode(path.strip_prefix('/')?)?;
    let mut out = PathBuf::new();
    let mut parts = decoded.split('/').peekable();
    while let Some(part) = parts.next() {
        match part {
            "" if parts.peek().is_none() => out.push(INDEX),
            _ if part.is_empty() || part.starts_with('.') => return None,
            _ if part.contains(['\\', '\0']) => return None,
            _ => out.push(part),
        }
    }
    Some(out)
}

/// Undoes the percent signs; `None` if that gives no text.
fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("txt" | "md" | "rs" | "toml") => "text/plain; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("pdf") => "application/pdf",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::below;
    use std::path::Path;

    #[test]
    fn nothing_leads_out_of_the_root() {
        let bad = [
            "/../secret",
            "/a/../../secret",
            "/%2e%2e/secret",
            "/%2E%2e%2fsecret",
            "/a/%2e%2e/%2e%2e/secret",
            "//etc/passwd",
            "/%2fetc/passwd",
            "/a//b",
            "/.git/config",
            "/a/.",
            "/..",
            "/..%5csecret",
            "/a%00.txt",
            "/%",
            "/%2",
            "/%zz",
            "/%ff",
            "*",
            "",
        ];
        for path in bad {
            assert_eq!(below(path), None, "{path}");
        }
    }

    #[test]
    fn what_lies_below_is_named() {
        let good = [
            ("/", "index.html"),
            ("/a/", "a/index.html"),
            ("/a/b.txt", "a/b.txt"),
            ("/a%20b/%C3%BC", "a b/ü"),
            ("/a..b", "a..b"),
        ];
        for (path, name) in good {
            assert_eq!(below(path).as_deref(), Some(Path::new(name)), "{path}");
        }
    }
}
