"""Each house rule finds what it is for, and leaves its neighbours alone."""

from pathlib import Path

import pytest

from tools.lint import house_rules

DAY = "rust/engine/src/day"
WORK = "/" + "work/main"


@pytest.fixture(autouse=True)
def _no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exceptions of the real tree mean nothing in a planted one."""
    monkeypatch.setattr(house_rules, "STAGES_ELSEWHERE", {})


PLANTED = [
    (house_rules.engine_is_pure, "rust/engine/src/run.rs", "use std::time::Instant;", 2),
    (house_rules.engine_is_pure, "rust/engine/src/rng.rs", "let x = rand::random();", 1),
    (house_rules.engine_is_pure, "rust/engine/src/book/mod.rs", "std::fs::read(path)", 1),
    (house_rules.engine_is_pure, "rust/engine/src/run.rs", "let threads = std::env::var(NAME);", 1),
    (house_rules.engine_is_pure, "rust/engine/src/lib.rs", "use pyo3::prelude::*;", 1),
    (house_rules.floats_are_portable, f"{DAY}/market.rs", "let y = x.exp();", 1),
    (house_rules.floats_are_portable, f"{DAY}/market.rs", "let y = x.powi(2) + f64::ln(z);", 2),
    (house_rules.floats_are_portable, f"{DAY}/market.rs", "let y = a.mul_add(b, c);", 1),
    (house_rules.no_hash_order, "rust/tables/src/input/mod.rs", "use std::collections::{HashMap, HashSet};", 2),
    (house_rules.unsafe_is_fenced, f"{DAY}/market.rs", "unsafe { call() }", 1),
    (house_rules.unsafe_is_fenced, "rust/engine/src/group.rs", "unsafe { a() }\nunsafe { b() }", 1),
    (house_rules.unsafe_is_fenced, "rust/tables/src/contract/text.rs", "unsafe { a() }\nunsafe { b() }", 1),
    (house_rules.unsafe_is_fenced, "rust/engine/src/run.rs", "type Kernel = unsafe fn();", 1),
    (house_rules.names_say_what, "python/hashstress/utils.py", "", 1),
    (house_rules.names_say_what, "rust/tables/src/common/mod.rs", "", 1),
    (house_rules.one_word_every_layer, f"{DAY}/rescue.rs", "", 2),
    (house_rules.no_machine_no_registry, "docs/how-to/run.md", f"cd {WORK} && ls", 1),
    (house_rules.no_machine_no_registry, "Makefile", "pip install --index-url https://" + "pypi" + ".org/simple x", 1),
    (house_rules.no_machine_no_registry, "Cargo.toml", 'registry = "https://static.' + "crates" + '.io"', 1),
    (house_rules.nothing_unfinished, "python/hashstress/run.py", "raise NotImplementedError", 1),
    (house_rules.nothing_unfinished, "rust/tables/src/lib.rs", "todo!(); // FIXME", 2),
    (house_rules.binding_is_thin, "rust/pyext/src/lib.rs", "x();\n" * 1001, 1),
    (house_rules.long_files, "python/hashstress/run.py", "x()\n" * 301, 1),
]

INNOCENT = [
    (
        house_rules.engine_is_pure,
        "rust/engine/src/run.rs",
        "// unlike std::time::Instant\nuse std::sync::Arc; operand::new();",
    ),
    (house_rules.engine_is_pure, "rust/pyext/src/lib.rs", "use std::time::Instant;"),
    (house_rules.floats_are_portable, f"{DAY}/market.rs", "let y = units::exp(x.sqrt()) + libm::log(z); // x.exp()"),
    (house_rules.no_hash_order, "rust/engine/src/ids.rs", "use std::collections::BTreeMap; /* not a\nHashMap */"),
    (
        house_rules.unsafe_is_fenced,
        "rust/engine/src/group.rs",
        "type Kernel = unsafe fn();\n#[allow(unsafe_code)]\nunsafe { kernel() }",
    ),
    (house_rules.unsafe_is_fenced, "rust/pyext/src/lib.rs", "unsafe { a() }\nunsafe { b() }"),
    (house_rules.names_say_what, "python/hashstress/run.py", ""),
    (house_rules.one_word_every_layer, f"{DAY}/mod.rs", ""),
    (
        house_rules.no_machine_no_registry,
        "docs/how-to/run.md",
        "see framework/main, https://example.org/home/page and PyPI",
    ),
    (house_rules.nothing_unfinished, "docs/model/loans.md", "What a method to do is."),
    (house_rules.binding_is_thin, "rust/pyext/src/lib.rs", "x();\n" * 1000),
    (
        house_rules.long_files,
        "rust/engine/src/run.rs",
        "// x\n\n" * 400 + "x();\n" * 300 + "\n#[cfg(test)]\nmod tests {\n" + "x();\n" * 99,
    ),
]


def plant(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("rule", "path", "text", "count"), PLANTED)
def test_a_planted_violation_is_found(tmp_path: Path, rule: house_rules.Rule, path: str, text: str, count: int) -> None:
    plant(tmp_path, path, text)
    violations = list(rule(tmp_path))
    assert len(violations) == count, violations
    assert all(violation.startswith((path, path.rsplit("/src/", maxsplit=1)[0])) for violation in violations)


@pytest.mark.parametrize(("rule", "path", "text"), INNOCENT)
def test_a_neighbour_is_left_alone(tmp_path: Path, rule: house_rules.Rule, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert list(rule(tmp_path)) == []


def test_a_violation_names_its_line(tmp_path: Path) -> None:
    plant(tmp_path, f"{DAY}/market.rs", "/* one\ntwo */\nlet y = x.ln();\n")
    (violation,) = house_rules.floats_are_portable(tmp_path)
    assert violation.startswith(f"{DAY}/market.rs:3: `.ln(`")


def test_a_stage_with_page_and_oracle_passes(tmp_path: Path) -> None:
    for path in (f"{DAY}/rescue.rs", "docs/model/rescue.md", "tests/oracle/rescue.py"):
        plant(tmp_path, path, "")
    assert list(house_rules.one_word_every_layer(tmp_path)) == []


def test_an_exception_for_a_stage_that_is_gone_is_a_violation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_rules, "STAGES_ELSEWHERE", {f"{DAY}/gone.rs": "a reason"})
    (violation,) = house_rules.one_word_every_layer(tmp_path)
    assert "gone.rs" in violation


def test_the_engine_tree_may_not_hold_python_or_arrow() -> None:
    tree = (
        "hashstress-engine v0.1.0\nlibm v0.2.16\narrow-array v60.1.0\npyo3 v0.30.1\nrand_core v0.9.0\nrayon v1.11.0\n"
    )
    assert [violation.split()[-2] for violation in house_rules.engine_tree_is_small(tree)] == [
        "arrow-array",
        "pyo3",
        "rand_core",
    ]


def test_what_is_built_is_not_read(tmp_path: Path) -> None:
    plant(tmp_path, "target/doc/index.html", "FIXME")
    assert list(house_rules.nothing_unfinished(tmp_path)) == []
