#!/usr/bin/env python3
"""Makes the lists in surface/, of what std has and we mirror, from std's own documentation.

    python3 tests/parity/generate.py AREA | rustfmt --edition 2024 >tests/parity/surface/AREA.rs

A new list is named in main.rs, too.

It reads the HTML that rustup installs beside the compiler (component rust-docs), in which every type
of a signature is a link with its full path. What is marked unstable there is left out, and so is what
is of a system that is no unix. What becomes of the rest:

- a function or method: a wrapper with std's signature, generics, bounds, `const` and all, that calls
  ours. So ours exists, takes what std's takes and returns what std's returns;
- an implementation of a trait, auto traits included: a function that asks for it under std's bounds;
- an absent auto trait (`!Send`): one that would be ambiguous if ours were there;
- what is std's own, re-exported: a function that takes std's and returns it as ours.

AREAS says what there is in each list, and EXCLUDED what has no counterpart, with the reasons.
"""

import html
import re
import subprocess
import sys
from pathlib import Path

# Of each area the modules, and what of a module is not mirrored but std's own, re-exported.
AREAS = {
    "vocabulary": {
        "sync": "Arc Weak PoisonError TryLockError LockResult TryLockResult atomic",
        "sync::mpsc": "RecvError SendError RecvTimeoutError TryRecvError TrySendError",
        "thread": "AccessError LocalKey Result",
        "time": "Duration Instant SystemTime SystemTimeError TryFromFloatSecsError UNIX_EPOCH",
    },
    "net": {
        "net": "AddrParseError IpAddr Ipv4Addr Ipv6Addr Shutdown SocketAddr SocketAddrV4 SocketAddrV6",
        "os::fd": "AsFd AsRawFd BorrowedFd FromRawFd IntoRawFd OwnedFd RawFd",
        "os::linux::net": "SocketAddrExt",
        "os::unix::net": "SocketAddr",
    },
    "fs": {
        "fs": "FileTimes FileType Metadata Permissions TryLockError",
        "os::linux::fs": "MetadataExt",
        "os::unix::fs": "FileTypeExt MetadataExt PermissionsExt",
    },
    "process": {
        "process": "CommandArgs CommandEnvs ExitCode ExitStatus Output Stdio Termination abort exit id",
        "os::unix::process": "ExitStatusExt parent_id",
    },
    "io": {
        "io": "BufRead BufReader BufWriter Bytes Chain Cursor Empty Error ErrorKind IntoInnerError IoSlice IoSliceMut IsTerminal LineWriter Lines Read Repeat Result Seek SeekFrom Sink Split Take Write WriterPanicked empty read_to_string repeat sink",
    },
}

# What is left out of an area, and why. A key is an item, an item's method, or "item: trait".
EXCLUDED = {
    "vocabulary": {
        "sync::ONCE_INIT": "deprecated since 1.38, and a static of it is `Once::new()` in all editions",
        "thread::JoinHandle: JoinHandleExt": "the thread of a task is its worker, which nobody may join",
        "sync::OnceState: !Sync": "ours can be shared, for it is a flag that nobody changes",
        "sync::OnceState: !RefUnwindSafe": "as above",
    },
    "net": {},
    "fs": {
        "fs::File: IsTerminal": "the trait is sealed; `is_terminal` is a method of ours",
    },
    "process": {},
    "io": {
        "io::prelude": "re-exported as a whole",
        "io::Stdin: IsTerminal": "the trait is sealed; `is_terminal` is a method of ours",
        "io::StdinLock: IsTerminal": "as above",
        "io::Stdout: IsTerminal": "as above",
        "io::StdoutLock: IsTerminal": "as above",
        "io::Stderr: IsTerminal": "as above",
        "io::StderrLock: IsTerminal": "as above",
    },
}

# What a signature names that is of another system, or of a module that is not stable.
ELSEWHERE = re.compile(r"std::os::(windows|wasi|hermit|solid|motor|trusty|linux::process)\b")

# Traits that are not stable themselves, and `Drop`, which nobody asks for as a bound.
UNSTABLE = {"Drop", "StructuralPartialEq", "Freeze", "UnsafeUnpin", "CoerceUnsized", "DispatchFromDyn", "PinCoerceUnsized", "DerefPure", "UnixSocketExt", "ChildExt", "StdioExt", "DirEntryExt2"}

# What there can be one of in std and in ours.
TYPES = {"struct", "enum", "trait", "type", "constant"}

MODULES = {module for modules in AREAS.values() for module in modules}

used = set()
names = set()


def excluded(key):
    used.add(key)
    return any(key in keys for keys in EXCLUDED.values())


def unique(name):
    numbered = (f"{name}_{number}" for number in range(2, 100))
    name = next(each for each in (name, *numbered) if each not in names)
    names.add(name)
    return name


def text(markup):
    """Rust source from a signature's HTML: a linked type becomes its full path, seen from `root`."""
    markup = re.sub(r'<a href="#" class="tooltip".*?</a>', "", markup, flags=re.S)

    def path(link):
        kind, name = link[1].split(" ", 1)
        if kind in ("primitive", "method", "tymethod", "fn") or 'class="associatedtype"' in link[0]:
            return re.sub("<.*?>", "", link[2])
        ours = any(name.startswith(f"std::{module}::") for module in MODULES)
        return name.replace("std::", "root::", 1) if ours else name

    markup = re.sub(r'<a [^>]*title="([^"]*)"[^>]*>(.*?)</a>', path, markup, flags=re.S)
    plain = html.unescape(re.sub("<.*?>", "", markup.replace('<div class="where">', " "), flags=re.S))
    return " ".join(plain.split())


def balanced(source, start):
    """The end of the bracket that opens at `start`."""
    depth = 0
    for at in range(start, len(source)):
        if source[at] in "<([":
            depth += 1
        elif source[at] in ")]" or source[at] == ">" and source[at - 1] not in "-=":
            depth -= 1
            if depth == 0:
                return at + 1
    raise ValueError(source)


def split(source):
    """The parts between top-level commas."""
    parts, depth, part = [], 0, ""
    for at, char in enumerate(source):
        if char in "<([":
            depth += 1
        elif char in ")]" or char == ">" and source[at - 1] not in "-=":
            depth -= 1
        if char == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    return [part for part in parts + [part.strip()] if part]


def generics(source):
    """`<'a, T: X> rest` as (["'a", "T: X"], "rest")."""
    source = source.strip()
    if not source.startswith("<"):
        return [], source
    end = balanced(source, 0)
    parts = [part.split(" = ")[0] for part in split(source[1 : end - 1])]
    return parts, source[end:].strip()


def where(source):
    """`head where a, b` as ("head", ["a", "b"])."""
    head, _, clauses = source.partition(" where ")
    return head.strip(), split(clauses)


def brackets(parts):
    ordered = sorted(parts, key=lambda part: not part.startswith("'"))
    return f"<{', '.join(ordered)}>" if parts else ""


def clause(parts):
    return f" where {', '.join(parts)}" if parts else ""


class Function:
    """A signature, parsed: of a free function, or of a method of `owner`."""

    def __init__(self, source, owner=None, owner_generics=(), owner_where=()):
        qualifiers, rest = re.match(r"(?:pub )?((?:const |unsafe )*)fn (.*)", source).groups()
        self.const, self.unsafe = "const" in qualifiers, "unsafe" in qualifiers
        self.name = re.match(r"\w+", rest)[0]
        own, rest = generics(rest[len(self.name) :])
        end = balanced(rest, 0)
        result, own_where = where(rest[end:])
        self.generics = [*owner_generics, *own]
        self.where = [*owner_where, *own_where]
        self.owner = owner
        parameters = [part.removeprefix("mut ") for part in split(rest[1 : end - 1])]
        borrowed = parameters and parameters[0] in ("&self", "&mut self")
        if parameters and re.fullmatch(r"(&('\w+ )?(mut )?)?self", parameters[0]):
            parameters[0] = "this: " + parameters[0].replace("self", owner)
        # A method's elided lifetimes are those of its receiver; a function's have to be named.
        elided = re.search(r"&(?!')|'_", result)
        if borrowed and elided and (len(parameters) > 1 or "'" in owner):
            self.generics.append("'this")
            parameters[0] = parameters[0].replace("&", "&'this ", 1)
            result = re.sub(r"&(?!')", "&'this ", result).replace("'_", "'this")
        self.parameters, self.result = parameters, result
        if owner:
            own = lambda part: re.sub(r"\bSelf\b", owner, part)
            self.parameters = [own(part) for part in parameters]
            self.result, self.where = own(result), [own(part) for part in self.where]

    def wrapper(self, name, path):
        """A function with this signature that calls `path`."""
        arguments = ", ".join(part.split(":", 1)[0].strip() for part in self.parameters)
        call = f"{path}({arguments})"
        if self.unsafe:
            call = f"// SAFETY: as the caller's of this.\n    unsafe {{ {call} }}"
        kinds = ("const " if self.const else "") + ("unsafe " if self.unsafe else "")
        signature = f"{brackets(self.generics)}({', '.join(self.parameters)}) {self.result}"
        return f"{kinds}fn {name}{signature.rstrip()}{clause(self.where)} {{\n    {call}\n}}\n"


def declaration(page):
    found = re.search(r'<pre class="rust item-decl"><code>(.*?)</code></pre>', page, re.S)
    return text(found[1])


def sections(page, heading):
    """The implementations below a heading: (attributes of each, its header, its items)."""
    begin = page.find(f'id="{heading}"')
    if begin < 0:
        return
    end = page.find('<h2 id="', begin + 10)
    begin = page.index(">", page.find("</h2>", begin))
    pattern = r'<section id="impl-[^"]*" class="impl">(.*?)<h3 class="code-header">(.*?)</h3>'
    part = page[begin : end if end > 0 else len(page)]
    found = list(re.finditer(pattern, part, re.S))
    for this, following in zip(found, [*found[1:], None]):
        yield text(this[2]), part[this.end() : following.start() if following else len(part)]


def methods(items):
    pattern = r'<section id="method\.[^"]*" class="method[^"]*">(.*?)<h4 class="code-header">(.*?)</h4>(.*?)</summary>'
    for _, signature, marks in re.findall(pattern, items, re.S):
        if "unstable" not in marks:
            yield text(signature)


def associated(items):
    pattern = r'class="associatedtype trait-impl">.*?<h4 class="code-header">type (.*?)</h4>'
    for found in re.findall(pattern, items, re.S):
        name, _, value = re.sub(r"<a [^>]*class=\"associatedtype\">(.*?)</a>", r"\1", found).partition(" = ")
        yield f"{name} = {text(value)}"


def implementation(name, header, items):
    """A function that asks for the implementation of a trait; none if there is nothing to ask."""
    parts, rest = generics(re.sub(r"^(unsafe )?impl", "", header))
    rest, clauses = where(rest)
    rest = re.sub(r"^const ", "", rest)
    implemented, _, subject = rest.partition(" for ")
    negative = implemented.startswith("!")
    implemented = implemented.removeprefix("!")
    short = re.match(r"(?:\w+::)*(\w+)", implemented)[1]
    if short in UNSTABLE or ELSEWHERE.search(rest) or excluded(f"{name}: {'!' * negative}{short}"):
        return ""
    # What a reference in a type implies has to be said where there is none.
    lifetimes = [part.split(":")[0] for part in parts if part.startswith("'")]
    given = [re.split(r"[: ]", part)[0] for part in parts if not part.startswith("'")]
    clauses += [f"{each}: {lifetime}" for each in given for lifetime in lifetimes]
    clauses += ["'env: 'scope"] if "'env" in lifetimes else []
    function = unique(f"{name.replace('::', '_').lower()}_is{'_not' * negative}_{short.lower()}")
    if negative:
        body = f"let _ = <{subject} as Ambiguous<_>>::item;"
        body = f"ambiguous!({implemented});\n    {body}"
        return f"fn {function}{brackets(parts)}(){clause(clauses)} {{\n    {body}\n}}\n"
    types = list(associated(items))
    if types:
        head = implemented.removesuffix(">")
        implemented = f"{head}{', ' if head != implemented else '<'}{', '.join(types)}>"
    inner = f"fn is{brackets([*parts, f'Subject: ?Sized + {implemented}'])}(){clause(clauses)} {{}}"
    call = f"is::<{', '.join([*given, subject])}>();"
    return f"fn {function}{brackets(parts)}(){clause(clauses)} {{\n    {inner}\n    {call}\n}}\n"


def identity(kind, full, page):
    """A function from std's item to ours, which are the same."""
    flat = full.replace("::", "_").lower()
    if kind == "constant":
        value = re.search(r": ([^=;]*)", declaration(page))[1].strip()
        return f"const {flat.upper()}: {value} = root::{full};\n"
    if kind == "trait":
        inner = f"fn is<Subject: ?Sized + root::{full}>() {{}}"
        return f"fn {unique(flat)}<Subject: ?Sized + std::{full}>() {{\n    {inner}\n    is::<Subject>();\n}}\n"
    source = re.sub(r"^pub (struct|enum|type) \w+", "", declaration(page))
    parts = split(source[1 : balanced(source, 0) - 1]) if source.startswith("<") else []
    parts = [part for part in parts if " = " not in part]
    # It is passed by value.
    parts = [re.sub(r": \?std::marker::Sized( \+|$)", r":", part).removesuffix(":") for part in parts]
    given = brackets([re.split(r"[: ]", part)[0] for part in parts])
    return f"fn {unique(flat)}{brackets(parts)}(it: std::{full}{given}) -> root::{full}{given} {{\n    it\n}}\n"


def type_checks(name, page):
    flat = name.replace("::", "_").lower()
    for header, items in sections(page, "implementations"):
        parts, rest = generics(header.removeprefix("impl"))
        owner, clauses = where(rest)
        for source in methods(items):
            function = Function(source, owner, parts, clauses)
            if not excluded(f"{name}::{function.name}"):
                yield function.wrapper(unique(f"{flat}_{function.name}"), f"<{owner}>::{function.name}")
    for heading in ("trait-implementations", "synthetic-implementations"):
        for header, items in sections(page, heading):
            yield implementation(name, header, items)


def trait_checks(name, page):
    """What can be asked of an implementor of our trait, and that std's implementors are ours."""
    flat = name.replace("::", "_").lower()
    pattern = r'<section id="(?:ty)?method\.[^"]*" class="method">.*?<h4 class="code-header">(.*?)</h4>(.*?)</summary>'
    for signature, marks in re.findall(pattern, page, re.S):
        if "unstable" in marks:
            continue
        function = Function(text(signature), "Subject", [f"Subject: ?Sized + root::{name}"])
        yield function.wrapper(unique(f"{flat}_{function.name}"), f"<Subject as root::{name}>::{function.name}")
    for header, items in sections(page, "implementors"):
        yield implementation(name, header, items)


def items(docs, module):
    """(kind, name, page) of each stable item of a module."""
    directory = docs / module.replace("::", "/")
    index = (directory / "index.html").read_text()
    for entry in re.findall(r"<dt[^>]*>(.*?)</dt>", index, re.S):
        found = re.match(r'<a class="(\w+)" href="([^"]*)" title="\w+ std::([^"]*)"', entry)
        if not found or 'class="stab unstable"' in entry:
            continue
        name = found[3].removeprefix(f"{module}::")
        yield found[1], name, (directory / found[2]).read_text()


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in AREAS:
        sys.exit(f"say which of the areas: {' '.join(AREAS)}")
    area = sys.argv[1]
    root = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    docs = Path(root.stdout.strip()) / "share/doc/rust/html/std"
    version = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True)
    release = version.stdout.split()[1]
    checks = []
    for module, own in AREAS[area].items():
        same = []
        checks.append(f"\n// std::{module}\n\n")
        for kind, name, page in items(docs, module):
            full = f"{module}::{name}"
            if kind == "mod" and full in MODULES or excluded(full):
                continue
            if name in own.split():
                same.append(name)
                whole = [(kind, full, page)]
                if kind == "mod":
                    whole = [(kind, f"{full}::{name}", page) for kind, name, page in items(docs, full)]
                checks.extend(identity(*each) for each in whole if each[0] in TYPES)
            elif kind == "fn":
                function = Function(declaration(page))
                checks.append(function.wrapper(unique(full.replace("::", "_")), f"root::{full}"))
            elif kind in ("struct", "enum"):
                checks.extend(type_checks(full, page))
            elif kind == "trait":
                checks.extend(trait_checks(full, page))
            else:
                sys.exit(f"{full} is a {kind}: say in AREAS or EXCLUDED what becomes of it")
        missing = set(own.split()) - set(same)
        if missing:
            sys.exit(f"std::{module} has no {missing}")
    stale = EXCLUDED[area].keys() - used
    if stale:
        sys.exit(f"nothing is excluded by {stale}")
    count = sum("fn " in check for check in checks)
    print(f"// Made by generate.py from the documentation of Rust {release}: {count} checks. Not to be edited.")
    if EXCLUDED[area]:
        print("//\n// Left out:\n//")
    for key, reason in EXCLUDED[area].items():
        print(f"// - `{key}`: {reason}.")
    print("".join(checks), end="")


main()
