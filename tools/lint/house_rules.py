"""House rules that no other tool checks. Each rule is one function: its docstring is the reason, its answer the violations.

Run by `make lint`; tested with planted violations in tests/lint/test_house_rules.py. An exception belongs in one of the tables
below, with its reason.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

# Built or fetched, not written by us.
SKIPPED_FOLDERS = {".git", ".venv", ".hypothesis", "target", "runs", "dist", "build", "__pycache__", "node_modules"} | {
    f".{tool}_cache" for tool in ("mypy", "pytest", "ruff")
}
TEXT = {".rs", ".py", ".pyi", ".md", ".toml", ".txt", ".csv", ".json", ".html", ".cfg", ".yaml", ".yml", ".sh", ""}

# A stage of the day without its own page or oracle file, and why: {"rust/engine/src/day/X.rs": "reason"}.
STAGES_ELSEWHERE: dict[str, str] = {}

# The places outside the binding that may hold one `unsafe` block each: the kernel for wider registers, with the type of what it calls,
# and text columns that are right by construction (decisions 0002 and 0010).
UNSAFE_ONCE = ("rust/engine/src/group.rs", "rust/tables/src/contract/text.rs")
KERNEL_TYPE = "= unsafe fn("

# Files that must name what they forbid.
NAMES_THE_FORBIDDEN = {"tools/lint/house_rules.py", "tests/lint/test_house_rules.py"}

PYEXT_LINES = 1000
CODE_LINES = 300

Rule = Callable[[Path], Iterator[str]]


# Reading the tree


def files(root: Path, under: str = ".", suffixes: Iterable[str] = TEXT) -> Iterator[tuple[str, str]]:
    """Text files below `under` as (path from the root, text), in order of path."""
    wanted = set(suffixes)
    for path in sorted((root / under).rglob("*")):
        relative = path.relative_to(root)
        if path.suffix in wanted and path.is_file() and not SKIPPED_FOLDERS.intersection(relative.parts):
            yield relative.as_posix(), path.read_text(encoding="utf-8", errors="replace")


def rust(root: Path, under: str) -> Iterator[tuple[str, str]]:
    """Rust files below `under`, comments blanked out and lines kept."""
    for path, text in files(root, under, {".rs"}):
        yield path, re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S))


def found(pattern: str, path: str, text: str, why: str) -> Iterator[str]:
    """One violation for each match, with its line."""
    for match in re.finditer(pattern, text):
        yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: `{match[0].strip()}` {why}"


def code_lines(path: str, text: str) -> int:
    """Lines that are neither blank, nor comment, nor (in Rust) in the test module that closes the file."""
    comment = "#"
    if path.endswith(".rs"):
        comment = "//"
        text = text.partition("\n#[cfg(test)]\nmod ")[0]
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith(comment))


# The rules


def engine_is_pure(root: Path) -> Iterator[str]:
    """Same inputs, same bits: the engine sees no clock, no environment, no files and no randomness but its own."""
    pattern = (
        r"\b(?:std|core)::(?:time|env|fs|net|process|io)\b"
        r"|\b(?:SystemTime|Instant|RandomState|getrandom)\b|\brand(?:_\w+)?::"
    )
    for path, text in rust(root, "rust/engine/src"):
        yield from found(pattern, path, text, "lets the outside into the engine; hand it in as an argument")
        yield from found(r"\b(?:pyo3|arrow\w*)::", path, text, "belongs to rust/pyext or rust/tables")


def engine_tree_is_small(tree: str) -> Iterator[str]:
    """No Python and no Arrow in the engine, not even through a dependency. `tree` is what `cargo tree` prints."""
    for line in tree.splitlines():
        name = line.partition(" ")[0]
        if re.match(r"(?:pyo3|arrow|parquet|numpy|rand|getrandom|chrono|time)(?:$|[-_])", name):
            yield f"cargo tree -p hashstress-engine: {line.strip()}"


def floats_are_portable(root: Path) -> Iterator[str]:
    """Transcendental functions of the standard library differ in the last bit between platforms; libm's do not. `sqrt` is exact."""
    names = (
        "acos|acosh|asin|asinh|atan|atan2|atanh|cbrt|cos|cosh|erf|erfc|exp|exp2|exp_m1|gamma|hypot|ln|ln_1p|ln_gamma|log|log10|log2"
        "|mul_add|powf|powi|sin|sin_cos|sinh|tan|tanh|to_degrees|to_radians"
    )
    pattern = rf"\.(?:{names})\(|\bf(?:32|64)::(?:{names})\b"
    for path, text in rust(root, "rust/engine/src"):
        yield from found(pattern, path, text, "is not the same everywhere; use units::exp, units::ln or libm")


def no_hash_order(root: Path) -> Iterator[str]:
    """Hash order is random per process; a loop over it makes a result that changes from run to run."""
    for under in ("rust/engine/src", "rust/tables/src"):
        for path, text in rust(root, under):
            yield from found(
                r"\bHash(?:Map|Set)\b", path, text, "has a random order; use BTreeMap, BTreeSet or a sorted Vec"
            )


def unsafe_is_fenced(root: Path) -> Iterator[str]:
    """Memory safety is the compiler's word, except at the binding's border and in two named places."""
    for path, text in rust(root, "rust"):
        hits = list(found(r"\bunsafe\b", path, text, f"belongs to rust/pyext, or once to {' and '.join(UNSAFE_ONCE)}"))
        if not path.startswith("rust/pyext/"):
            lines = text.splitlines()
            blocks = [hit for hit in hits if KERNEL_TYPE not in lines[int(hit.split(":")[1]) - 1]]
            yield from blocks[1:] if path in UNSAFE_ONCE else hits


def names_say_what(root: Path) -> Iterator[str]:
    """A drawer for everything hides what is in it: name a file after the thing it holds."""
    drawers = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    for path, _ in files(root, suffixes={".rs", ".py", ".pyi"}):
        if drawers.intersection([*Path(path).parts[:-1], Path(path).stem]):
            yield f"{path}: a name that says nothing ({', '.join(sorted(drawers))})"


def one_word_every_layer(root: Path) -> Iterator[str]:
    """Who has read one layer finds the others: a stage has a page and a file of the oracle under its own name."""
    for path, _ in rust(root, "rust/engine/src/day"):
        stage = Path(path).relative_to("rust/engine/src/day").parts[0].removesuffix(".rs")
        if stage != "mod" and path not in STAGES_ELSEWHERE:
            for twin in (f"docs/model/{stage}.md", f"tests/oracle/{stage}.py"):
                if not (root / twin).is_file():
                    yield f"{path}: has no {twin}"
    for path in STAGES_ELSEWHERE:
        if not (root / path).is_file():
            yield f"tools/lint/house_rules.py: exception for {path}, which does not exist"


def no_machine_no_registry(root: Path) -> Iterator[str]:
    """A checkout works anywhere: no path of one machine, no host of a package registry."""
    pattern = (
        r"(?<![\w.~/-])/(?:work|home|root|Users)/[\w.-]+"
        r"|\b(?:[\w-]+\.)*(?:crates\.io|pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|anaconda\.org|docker\.io|ghcr\.io)\b"
    )
    for path, text in files(root):
        if path not in NAMES_THE_FORBIDDEN:
            yield from found(pattern, path, text, "ties the project to a machine or a registry")


def nothing_unfinished(root: Path) -> Iterator[str]:
    """What is not done is not there; what is missing stands in a page's Limits."""
    pattern = r"\b(?:TODO|FIXME|XXX|HACK|TBD)\b|\b(?:todo|unimplemented)!|\bNotImplementedError\b"
    for path, text in files(root):
        if path not in NAMES_THE_FORBIDDEN:
            yield from found(pattern, path, text, "marks something unfinished")


def binding_is_thin(root: Path) -> Iterator[str]:
    """A binding function is extract, detach, call, wrap; a binding that grows is hiding model."""
    lines = sum(len(text.splitlines()) for _, text in files(root, "rust/pyext", {".rs"}))
    if lines > PYEXT_LINES:
        yield f"rust/pyext: {lines} lines, {PYEXT_LINES} allowed"


def long_files(root: Path) -> Iterator[str]:
    """A mirror, not a limit: past this length a file has usually become two things."""
    for under in ("rust", "python", "plugins", "tools", "tests"):
        for path, text in files(root, under, {".rs", ".py"}):
            if (lines := code_lines(path, text)) > CODE_LINES:
                yield f"{path}: {lines} code lines; which two things has it become?"


RULES: tuple[Rule, ...] = (
    engine_is_pure,
    floats_are_portable,
    no_hash_order,
    unsafe_is_fenced,
    names_say_what,
    one_word_every_layer,
    no_machine_no_registry,
    nothing_unfinished,
    binding_is_thin,
)
# A rule that reads a folder which is not there would pass without looking.
LOOKED_AT = (
    "rust/engine/src/day",
    "rust/tables/src",
    "rust/pyext/src",
    "python/hashstress",
    "docs/model",
    "tests/oracle",
)


def cargo_tree() -> str:
    """The engine's dependencies as cargo resolves them, one a line."""
    command = ["cargo", "tree", "-p", "hashstress-engine", "--locked", "--prefix", "none", "--edges", "normal,build"]
    return subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> int:
    """Prints warnings, then violations by rule; 1 if there was a violation."""
    for warning in long_files(REPOSITORY):
        print(f"warning: {warning}", file=sys.stderr)
    broken = {"looked_at": [f"{folder} is missing" for folder in LOOKED_AT if not (REPOSITORY / folder).is_dir()]}
    broken |= {rule.__name__: list(rule(REPOSITORY)) for rule in RULES}
    broken[engine_tree_is_small.__name__] = list(engine_tree_is_small(cargo_tree()))
    for name, violations in broken.items():
        for violation in violations:
            print(f"{name}: {violation}", file=sys.stderr)
    return 1 if any(broken.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
