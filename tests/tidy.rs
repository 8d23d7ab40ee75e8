//! The house rules that neither the compiler nor clippy knows, checked on the sources themselves.
//!
//! Each rule is a function from a path and a text to what is wrong in it. One test runs it over the
//! repository, another feeds it a text that breaks it: a rule that cannot fail is no rule.
//!
//! Lines are looked at without their comments, by a scanner that knows no block comments (there are
//! none) and takes a line with an open string for code.

#![cfg(not(any(loom, miri)))]

use std::fs;
use std::path::{Path, PathBuf};

/// What may import what: only from a lower number. `ARCHITECTURE.md` says what each is.
const LAYERS: &[(&str, u8)] = &[
    ("sync_facade", 0),
    ("asm", 0),
    ("sys", 1),
    ("bias", 2),
    ("stack", 2),
    ("coroutine", 3),
    ("task", 4),
    ("timer", 5),
    ("netpoll", 5),
    ("scheduler", 6),
    ("context", 7),
    ("chan", 8),
    ("poll", 8),
    ("sync", 9),
    ("fs", 10),
    ("net", 10),
    ("process", 10),
    ("signal", 10),
    ("time", 10),
    ("try_scope", 10),
    ("os", 11),
    ("thread", 11),
    ("io", 12),
    ("macros", 12),
];

/// What the root re-exports of the scheduler, and the macros that macros are made of.
const ROOT_ITEMS: &[&str] = &[
    "__select",
    "JoinHandle",
    "Scope",
    "ScopedJoinHandle",
    "block_on",
    "offload",
    "run",
    "scope",
    "spawn",
];

/// Modules whose public face the scheduler, above them, provides.
const FACES: &[&str] = &["runtime/task/mod.rs", "runtime/stack/mod.rs"];

/// The one place for thread-locals.
const THREAD_LOCALS: &str = "runtime/scheduler/current.rs";

/// The most lines a file of `asm/` and `runtime/` has, tests aside.
const MOST_LINES: usize = 500;
const MOST_COLUMNS: usize = 120;

/// Files that may be longer, each with the reason.
const LONGER: &[(&str, &str)] = &[];

/// How far above an atomic access its ORDERING comment may stand.
const REACH: usize = 14;

/// What a rule has found: one line a violation.
type Found = Vec<String>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `directory` (or the file itself), as paths from the root with `/`.
fn files(directory: &str) -> Vec<String> {
    fn walk(path: &Path, name: &str, out: &mut Vec<String>) {
        if !path.is_dir() {
            out.extend(path.is_file().then(|| name.to_owned()));
            return;
        }
        let entries = fs::read_dir(path).expect("a directory of ours can be read");
        for entry in entries {
            let entry = entry.expect("so can its entries");
            let below = format!("{name}/{}", entry.file_name().to_string_lossy());
            walk(&entry.path(), &below, out);
        }
    }
    let mut out = Vec::new();
    walk(&root().join(directory), directory, &mut out);
    out.sort();
    out
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.contains("/tests/") || name.starts_with("tests") || name == "models.rs"
}

/// The sources that ship: `asm/` and `runtime/` without their tests.
fn sources() -> Vec<String> {
    let all = files("asm").into_iter().chain(files("runtime"));
    all.filter(|path| path.ends_with(".rs") && !is_test(path))
        .collect()
}

/// Runs `rule` over files and fails with everything that it has found.
fn check(paths: Vec<String>, rule: impl Fn(&str, &str) -> Found) {
    assert!(!paths.is_empty(), "the rule has something to look at");
    let found: Found = (paths.iter())
        .flat_map(|path| rule(path, &read(path)))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// What of `line` is not comment.
fn code(line: &str) -> &str {
    let mut quoted = false;
    let bytes = line.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' if at == 0 || !matches!(bytes[at - 1], b'\\' | b'\'') => quoted = !quoted,
            b'/' if !quoted && bytes.get(at + 1) == Some(&b'/') => return &line[..at],
            _ => {}
        }
    }
    line
}

/// Line numbers and code of a text.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().map(code).zip(1..).map(|(line, n)| (n, line))
}

/// The word that `text` begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn rank(layer: &str) -> Option<u8> {
    let known = LAYERS.iter().find(|(name, _)| *name == layer);
    known.map(|(_, rank)| *rank)
}

fn layer_of(path: &str) -> Option<&str> {
    let inside = match path.strip_prefix("runtime/") {
        Some(inside) => inside,
        None => path.starts_with("asm/").then_some(path)?,
    };
    let first = inside.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

fn layers(path: &str, text: &str) -> Found {
    let layer = layer_of(path).expect("only sources are looked at");
    if layer == "lib" {
        return Found::new();
    }
    let Some(own) = rank(layer) else {
        return vec![format!("{path}: the layer {layer} is not in the table")];
    };
    let mut found = Found::new();
    for (n, line) in lines(text) {
        if line.contains("super::super::") {
            found.push(format!("{path}:{n}: name the layer by `crate::`"));
        }
        for (at, _) in line.match_indices("crate::") {
            let target = word(&line[at + "crate::".len()..]);
            let is_face = FACES.contains(&path) && line.starts_with("pub use crate::scheduler::");
            let from = rank(target).or(ROOT_ITEMS.contains(&target).then_some(6));
            match from {
                None => found.push(format!("{path}:{n}: `crate::{target}` is no known layer")),
                Some(_) if target == layer || is_face => {}
                Some(0) if target == "sync_facade" && own > 0 => {}
                Some(from) if from < own => {}
                Some(_) => found.push(format!("{path}:{n}: {layer} imports {target}")),
            }
        }
    }
    found
}

#[test]
fn a_layer_imports_only_from_below() {
    check(sources(), layers);
}

#[test]
fn an_import_from_above_is_noticed() {
    let found = |path, text| layers(path, text).len();
    assert_eq!(
        found("runtime/task/list.rs", "use crate::scheduler::park;"),
        1
    );
    assert_eq!(
        found("runtime/timer/wheel.rs", "    crate::netpoll::poll();"),
        1
    );
    assert_eq!(found("runtime/task/join.rs", "crate::spawn(|| ());"), 1);
    assert_eq!(found("asm/x86_64.rs", "use crate::sys::mem;"), 1);
    assert_eq!(found("runtime/stack/pool.rs", "use super::super::task;"), 1);
    assert_eq!(
        found("runtime/net/mod.rs", "use crate::{task, scheduler};"),
        1
    );
    assert_eq!(found("runtime/novelty/mod.rs", ""), 1);
    let face = "pub use crate::scheduler::{grow, remaining};";
    assert_eq!(found("runtime/stack/pool.rs", face), 1);
    assert_eq!(found("runtime/stack/mod.rs", face), 0);
    assert_eq!(
        found("runtime/task/list.rs", "/// See [`crate::scheduler`]."),
        0
    );
    assert_eq!(
        found("runtime/net/stream.rs", "use crate::scheduler::park;"),
        0
    );
}

/// `asm` is core only; the system is called in one place, and threads have one word of ours.
fn seams(path: &str, text: &str) -> Found {
    let mut found = Found::new();
    for (n, line) in lines(text) {
        let mut forbid = |pattern: &str, allowed: bool| {
            let mut hits = line.match_indices(pattern);
            let hit = hits.any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric()));
            if hit && !allowed {
                found.push(format!("{path}:{n}: `{pattern}` has no place here"));
            }
        };
        forbid("libc::", path.starts_with("runtime/sys/"));
        forbid("thread_local!", path == THREAD_LOCALS);
        forbid("std::", !path.starts_with("asm/"));
    }
    found
}

#[test]
fn the_seams_are_kept() {
    let examples = files("examples").into_iter();
    check(sources().into_iter().chain(examples).collect(), seams);
}

#[test]
fn a_broken_seam_is_noticed() {
    let found = |path, text| seams(path, text).len();
    assert_eq!(found("runtime/net/mod.rs", "libc::close(fd);"), 1);
    assert_eq!(found("runtime/sys/mem.rs", "libc::close(fd);"), 0);
    assert_eq!(found("runtime/task/mod.rs", "thread_local! {"), 1);
    assert_eq!(found(THREAD_LOCALS, "thread_local! {"), 0);
    assert_eq!(found("asm/mod.rs", "use std::ptr;"), 1);
    assert_eq!(found("runtime/net/mod.rs", "// not libc::close"), 0);
}

fn sizes(path: &str, text: &str) -> Found {
    let count = text.lines().count();
    let longer = LONGER.iter().any(|(name, _)| *name == path);
    if count > MOST_LINES && !longer {
        return vec![format!("{path}: {count} lines, more than {MOST_LINES}")];
    }
    if count <= MOST_LINES && longer {
        return vec![format!("{path}: {count} lines need no exception")];
    }
    Found::new()
}

#[test]
fn files_are_short() {
    check(sources(), sizes);
}

#[test]
fn a_long_file_is_noticed() {
    assert_eq!(sizes("runtime/a.rs", &"\n".repeat(MOST_LINES)).len(), 0);
    assert_eq!(sizes("runtime/a.rs", &"\n".repeat(MOST_LINES + 1)).len(), 1);
}

/// Comments fit beside other text; the tables among them, and what is drawn, are as wide as they are.
fn widths(path: &str, text: &str) -> Found {
    let is_wide = |line: &str| {
        let prose = line.trim_start().starts_with("//") && !line.contains(['|', '─']);
        prose && line.chars().count() > MOST_COLUMNS
    };
    let wide = text.lines().zip(1..).filter(|(line, _)| is_wide(line));
    wide.map(|(_, at)| format!("{path}:{at}: a comment of more than {MOST_COLUMNS} columns"))
        .collect()
}

#[test]
fn comments_are_narrow() {
    check(sources(), widths);
}

#[test]
fn a_wide_comment_is_noticed() {
    let comment = |columns: usize| format!("    //{}", "-".repeat(columns - 6));
    assert_eq!(widths("runtime/a.rs", &comment(MOST_COLUMNS)).len(), 0);
    assert_eq!(widths("runtime/a.rs", &comment(MOST_COLUMNS + 1)).len(), 1);
}

/// Every atomic access has its reason: beside it, above it in the same function, or once for all
/// that follows, in a comment that begins with `ORDERING, for all of the below`.
fn orderings(path: &str, text: &str) -> Found {
    const VARIANTS: &[&str] = &["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
    let all: Vec<&str> = text.lines().collect();
    let mut found = Found::new();
    let mut blanket = false;
    for (at, line) in all.iter().enumerate() {
        blanket |= line.contains("// ORDERING, for all of the below");
        let code = code(line);
        let uses = |variant: &&str| code.contains(&format!("Ordering::{variant}"));
        if blanket || code.trim_start().starts_with("use ") || !VARIANTS.iter().any(uses) {
            continue;
        }
        let above = all[at.saturating_sub(REACH)..=at].iter().rev();
        let mut in_function = above.take_while(|line| !self::code(line).contains("fn "));
        if !in_function.any(|line| line.contains("// ORDERING:")) {
            found.push(format!("{path}:{}: an ordering without a reason", at + 1));
        }
    }
    found
}

#[test]
fn every_ordering_has_a_reason() {
    let paths = sources();
    let runtime = paths
        .into_iter()
        .filter(|path| path.starts_with("runtime/"));
    check(runtime.collect(), orderings);
}

#[test]
fn an_ordering_without_a_reason_is_noticed() {
    let access = "    a.load(Ordering::Relaxed);\n";
    let found = |text: &str| orderings("runtime/a.rs", text).len();
    assert_eq!(found(access), 1);
    assert_eq!(found(&format!("// ORDERING: for a reason.\n{access}")), 0);
    assert_eq!(
        found(&format!("// ORDERING: of another.\nfn f() {{\n{access}")),
        1
    );
    let far = "\n".repeat(REACH);
    assert_eq!(found(&format!("// ORDERING: too far.\n{far}{access}")), 1);
    let blanket = "// ORDERING, for all of the below: hints.";
    assert_eq!(found(&format!("{blanket}\n{far}fn f() {{\n{access}")), 0);
    assert_eq!(found("    a.cmp(b) == Ordering::Less;\n"), 0);
}

/// Nothing is silenced without a reason and nothing is left for later, in code that this platform
/// does not compile, too.
fn leftovers(path: &str, text: &str) -> Found {
    let mut found = Found::new();
    for (n, line) in lines(text) {
        for left in ["todo!", "dbg!", "unimplemented!"] {
            if line.contains(&format!("{left}(")) {
                found.push(format!("{path}:{n}: `{left}` is left over"));
            }
        }
    }
    let mut rest = text;
    while let Some(start) = ["#[", "#!["]
        .iter()
        .filter_map(|open| rest.find(open))
        .min()
    {
        let n = text[..text.len() - rest.len() + start].lines().count();
        let attribute = balanced(&rest[start..]);
        let silences = ["allow(", "expect("].iter().any(|a| attribute.contains(a));
        if silences && !attribute.contains("reason") {
            found.push(format!("{path}:{n}: a lint is silenced without a reason"));
        }
        rest = &rest[start + attribute.len().max(2)..];
    }
    found
}

/// From an opening bracket to the one that closes it.
fn balanced(text: &str) -> &str {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' if depth == 1 => return &text[..=at],
            b']' => depth -= 1,
            _ => {}
        }
    }
    text
}

#[test]
fn nothing_is_silenced_or_left_over() {
    let rust = |path: &String| path.ends_with(".rs") && path != "tests/tidy.rs";
    let directories = ["asm", "runtime", "benches", "examples", "tests"];
    let all = directories.into_iter().flat_map(files);
    check(all.filter(rust).collect(), leftovers);
}

#[test]
fn a_leftover_is_noticed() {
    let found = |text| leftovers("runtime/a.rs", text).len();
    assert_eq!(found("    dbg!(x);"), 1);
    assert_eq!(found("    todo!()"), 1);
    assert_eq!(found("#[allow(dead_code)]\nfn f() {}"), 1);
    assert_eq!(found("#[cfg(x)]\n#[expect(\n    unused,\n)]"), 1);
    assert_eq!(found("#[expect(\n    unused,\n    reason = \"why\"\n)]"), 0);
    assert_eq!(found("#[cfg_attr(x, allow(unused))]"), 1);
    assert_eq!(found("#[test]\nfn f() { x.expect(\"y\") }"), 0);
}

/// Where the project happens to be checked out is nobody's business.
fn machine(path: &str, text: &str) -> Found {
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let mut found = Found::new();
    for (n, line) in (1..).zip(text.lines()) {
        for place in places {
            // `benches/workloads/` is a place of the project.
            if line
                .match_indices(place)
                .any(|(at, _)| is_absolute(line, at))
            {
                found.push(format!("{path}:{n}: names a place of one machine: {place}"));
            }
        }
    }
    found
}

fn is_absolute(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-".contains(c))
}

/// All that is text and ours.
fn texts() -> Vec<String> {
    let top = [
        "asm",
        "runtime",
        "benches",
        "examples",
        "tests",
        "docs",
        ".ci",
        "Cargo.toml",
        "justfile",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    top.into_iter().flat_map(files).collect()
}

#[test]
fn no_machine_is_named() {
    check(texts(), machine);
}

#[test]
fn a_place_of_one_machine_is_noticed() {
    let place = concat!("see /wo", "rk/somewhere");
    assert_eq!(machine("docs/a.md", place).len(), 1);
    assert_eq!(machine("docs/a.md", "benches/work/x").len(), 0);
}

/// Safe code is enough for examples and for what stands on the scheduler.
fn unsafety(path: &str, text: &str) -> Found {
    let hit = |(n, line): (usize, &str)| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == "unsafe")
            .then(|| format!("{path}:{n}: unsafe code"))
    };
    lines(text).filter_map(hit).collect()
}

#[test]
fn safe_layers_are_safe() {
    let directories = [
        "examples",
        "runtime/time",
        "runtime/context",
        "runtime/signal",
    ];
    let all = directories.into_iter().flat_map(files);
    check(all.filter(|path| path.ends_with(".rs")).collect(), unsafety);
}

#[test]
fn unsafe_code_is_noticed() {
    assert_eq!(
        unsafety("examples/a.rs", "let x = unsafe { f() };").len(),
        1
    );
    assert_eq!(
        unsafety("examples/a.rs", "// unsafe\nlet unsafely = 1;").len(),
        0
    );
}

/// Backticked words of a text that look like a path to a file of ours, with `::name` or without.
fn paths_in(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|quoted| quoted.contains(".rs") || quoted.ends_with(".md"))
        .filter(|quoted| !quoted.contains([' ', '*', '<', '{']))
}

/// A document names only files and tests that there are.
fn references(path: &str, text: &str) -> Found {
    let mut found = Found::new();
    for quoted in paths_in(text) {
        let (file, name) = quoted.split_once("::").unwrap_or((quoted, ""));
        let places = ["", "runtime/", "runtime/scheduler/", "runtime/task/"];
        let places = places.map(|place| format!("{place}{file}"));
        let Some(file) = places.iter().find(|place| root().join(place).is_file()) else {
            found.push(format!("{path}: there is no {file}"));
            continue;
        };
        if !name.is_empty() && !read(file).contains(&format!("fn {name}(")) {
            found.push(format!("{path}: there is no {name} in {file}"));
        }
    }
    found
}

#[test]
fn documents_name_what_there_is() {
    let named = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(str::to_owned);
    check(files("docs").into_iter().chain(named).collect(), references);
}

#[test]
fn a_reference_to_nothing_is_noticed() {
    let found = |text| references("docs/a.md", text).len();
    assert_eq!(found("see `runtime/no_such_file.rs`"), 1);
    assert_eq!(found("see `tests/tidy.rs::no_such_test`"), 1);
    assert_eq!(
        found("see `tests/tidy.rs::a_reference_to_nothing_is_noticed`"),
        0
    );
    assert_eq!(
        found("see `scheduler/park.rs`, `park.rs` and `cargo test`"),
        0
    );
}

/// Of `names`, those that none of `texts` mentions in the form that `spell` gives them.
fn unmentioned(names: &[String], texts: &[String], spell: impl Fn(&str) -> String) -> Found {
    let mentioned = |name: &&String| texts.iter().any(|text| text.contains(&spell(name)));
    let missing = names.iter().filter(|name| !mentioned(name));
    missing
        .map(|name| format!("{} is mentioned nowhere", spell(name)))
        .collect()
}

/// The names of the recipes of a justfile.
fn recipes(justfile: &str) -> Vec<String> {
    let heads = justfile.lines().filter(|line| {
        line.starts_with(|c: char| c.is_ascii_lowercase())
            && line.contains(':')
            && !line.contains(":=")
    });
    heads.map(|line| word(line).to_owned()).collect()
}

/// The names of all dependencies of a manifest, of whatever kind.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| inside) {
            names.push(name.trim().to_owned());
        }
    }
    names
}

#[test]
fn every_example_recipe_and_dependency_is_documented() {
    let stem = |path: String| -> Option<String> {
        let name = path.strip_prefix("examples/")?;
        let name = name.split('/').next()?;
        // What several of them share is none, and neither is a package of its own.
        let name = Some(name.strip_suffix(".rs").unwrap_or(name));
        name.filter(|name| !["ecosystem", "support"].contains(name))
            .map(str::to_owned)
    };
    let examples: Vec<String> = files("examples").into_iter().filter_map(stem).collect();
    let documents = files("docs").into_iter().chain(["README.md".to_owned()]);
    let documents: Vec<String> = documents.map(|path| read(&path)).collect();
    let mut found = unmentioned(&examples, &documents, |name| format!("--example {name}"));

    let recipes = recipes(&read("justfile"));
    assert!(recipes.len() >= 8, "the recipes are found: {recipes:?}");
    let contributing = [read("CONTRIBUTING.md")];
    found.extend(unmentioned(&recipes, &contributing, |name| {
        format!("`just {name}`")
    }));

    let dependencies = dependencies(&read("Cargo.toml"));
    assert!(dependencies.len() >= 5, "they are found: {dependencies:?}");
    found.extend(unmentioned(&dependencies, &contributing, |name| {
        format!("`{name}`")
    }));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn what_is_mentioned_nowhere_is_noticed() {
    let names =
        recipes("# all\nall: check test\n\ncheck:\n    cargo check\nset := x\ntest *args:\n");
    assert_eq!(names, ["all", "check", "test"]);
    let texts = ["run `just all` or `just check`".to_owned()];
    let found = unmentioned(&names, &texts, |name| format!("`just {name}`"));
    assert_eq!(found, ["`just test` is mentioned nowhere"]);
    let manifest =
        "[package]\nname = \"x\"\n[dependencies]\na = \"1\"\n[target.'y'.dependencies]\nb = \"1\"";
    assert_eq!(dependencies(manifest), ["a", "b"]);
}
