"""Writes docs/reference/ from what the package says about itself.

    python tools/reference.py            write the pages
    python tools/reference.py --check    fail if a page differs from what would be written

Tables come from the engine's schema, scenario keys from the pydantic models, hooks and built-ins from the plugin registry.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hashstress import _core, hookspecs, plugins, scenario_file
from hashstress.scenario_file import ScenarioFile
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from reference_contracts import contracts_page
from reference_words import FACTORY, KEYS, PLUGINS, SCENARIO, TABLES, TYPES

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "Written by `tools/reference.py` from {}; `make docs` writes it anew.\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)


def plain(number: object) -> str:
    """A bound as text: `100,000,000,000`, `1e+30`, `0.1`, `2009-01-03`."""
    if isinstance(number, float) and (not number.is_integer() or abs(number) >= 1e15):
        return f"{number:,g}"
    return f"{number:,.0f}" if isinstance(number, int | float) else str(number)


# Tables


def tables_page() -> Iterator[str]:
    """Every input and output table."""
    schema = _core.schema()
    yield "# Tables"
    yield ""
    yield MADE.format("the engine's schema (`hashstress schema TABLE` prints the same)")
    yield from TYPES.strip().splitlines()
    for side, title in (("input", "Input: the tables of a book"), ("output", "Output: the tables of a run")):
        yield f"\n## {title}\n"
        for name, fields in schema.items():
            if name.startswith(f"{side}."):
                yield from _table(name.partition(".")[2], side, fields)


def _table(name: str, side: str, fields: list[dict[str, Any]]) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield TABLES[side][name]
    yield ""
    shown = ["column", "type", "unit", "range"] if side == "input" else ["column", "type", "unit"]
    rows = ([f"`{field['name']}`", str(field["type"]), field["unit"], *_about(field, side)] for field in fields)
    yield from table([*shown, "default" if side == "input" else "may be null", "description"], rows)
    yield ""


def _about(field: Mapping[str, Any], side: str) -> list[str]:
    if side == "output":
        return ["yes" if field["nullable"] else "", field["description"]]
    return [_range(field), _default(field), field["description"]]


def _range(field: Mapping[str, Any]) -> str:
    if field["values"]:
        return ", ".join(f"`{value}`" for value in field["values"])
    if field["references"]:
        return f"key of {field['references']}"
    least, most = field["minimum"], field["maximum"]
    return "" if least is None and most is None else f"{plain(least)} to {plain(most)}"


def _default(field: Mapping[str, Any]) -> str:
    if field["required"]:
        return "required"
    return "empty" if field["default"] is None else f"`{field['default']}`"


# Scenario keys


def scenario_page() -> Iterator[str]:
    """The keys of a scenario file."""
    yield "# Scenario files"
    yield ""
    yield MADE.format("the models in `python/hashstress/scenario_file.py`")
    yield from SCENARIO.strip().splitlines()
    for model in models_of(ScenarioFile):
        yield ""
        yield f"## {_title(model)}"
        yield ""
        yield _sentence(model)
        yield ""
        yield from table(["key", "value", "default", "meaning"], _keys(model))
    yield ""
    yield "The other keys of `[price]`, `[power]` and `[policies.NAME]` belong to the plugin that `source` names: [plugins](plugins.md)."


def models_of(root: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and those inside it, each once, in order of keys."""
    found = [root]
    for model in found:
        hints = get_type_hints(model, include_extras=True)
        found += [inner for name in model.model_fields for inner in _inside(hints[name]) if inner not in found]
    return list(dict.fromkeys(found))


def _inside(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _inside(part)


def _title(model: type[BaseModel]) -> str:
    heading = KEYS[model.__name__][""]
    return heading if model is ScenarioFile else ", ".join(f"`{name}`" for name in heading.split(", "))


def _sentence(model: type[BaseModel]) -> str:
    text = " ".join(inspect.cleandoc(model.__doc__ or "").split())
    return re.sub(r"docs/model/(\w+)\.md", r"[\1](../model/\1.md)", text)


def _keys(model: type[BaseModel]) -> Iterator[list[str]]:
    meanings = KEYS[model.__name__]
    hints = get_type_hints(model, include_extras=True)
    names = {name: field.alias or name for name, field in model.model_fields.items()}
    if set(names.values()) != set(meanings) - {""}:
        raise SystemExit(
            f"tools/reference_words.py: KEYS[{model.__name__!r}] has not the keys {', '.join(names.values())}"
        )
    for name, field in model.model_fields.items():
        yield [f"`{names[name]}`", value_words(hints[name], field), default_words(field), meanings[names[name]]]


def value_words(hint: Any, field: FieldInfo | None = None) -> str:
    """What may stand there: `number above 0`, `list of [date, number from 0]`."""
    known = {scenario_file.Day: "date", scenario_file.Month: 'month like `"2022-06"`'}.get(hint)
    if known:
        return known
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return value_words(parts[0]) + _limits([*parts[1:], *(field.metadata if field else [])])
    if origin is Literal:
        return ", ".join(f'`"{part}"`' for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(value_words(part) for part in parts if part is not NoneType)
    if origin is tuple:
        return f"[{', '.join(value_words(part) for part in parts)}]"
    if origin is list:
        return f"list of {value_words(parts[0])}{_lengths(field.metadata if field else [])}"
    if origin is dict:
        return f"by name: {value_words(parts[1])}"
    return _plain_type(hint)


def _plain_type(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, scenario_file.Named):
        return "a table that names a plugin"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"table `{KEYS[hint.__name__]['']}`" if hint.__name__ in KEYS else "table, see below"
    return {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "anything"}.get(
        hint, str(hint)
    )


def _annotated(metadata: Iterable[Any]) -> dict[str, Any]:
    """Limits among the annotations of a type, by name."""
    parts = [part for item in metadata for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
    names = ("gt", "ge", "le", "min_length", "max_length")
    return {name: value for part in parts for name in names if (value := getattr(part, name, None)) is not None}


def _limits(metadata: Iterable[Any]) -> str:
    match _annotated(metadata):
        case {"ge": least, "le": most}:
            return f" {plain(least)} to {plain(most)}"
        case {"ge": least}:
            return f" from {plain(least)}"
        case {"gt": least}:
            return f" above {plain(least)}"
    return ""


def _lengths(metadata: Iterable[Any]) -> str:
    match _annotated(metadata):
        case {"min_length": least, "max_length": most} if least == most:
            return f", {least} of them"
        case {"min_length": least}:
            return f", at least {least}"
    return ""


def default_words(field: FieldInfo) -> str:
    """The default, or that there is none."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True) if field.default is PydanticUndefined else field.default
    if value in (None, "", [], {}):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else plain(value)}`"


# Plugins


def plugins_page() -> Iterator[str]:
    """Hooks and what is built in."""
    yield "# Plugins"
    yield ""
    yield MADE.format("`python/hashstress/hookspecs.py` and the registry")
    yield from PLUGINS.strip().format(group=hookspecs.GROUP, load=plugins.LOAD, disable=plugins.DISABLE).splitlines()
    yield "\n## Hooks\n"
    yield from table(["hook", "returns a list of", "named by"], _hooks())
    yield "\n## What a descriptor's factory makes\n"
    yield FACTORY.strip()
    yield ""
    yield from table(["descriptor", "mode", "method"], _methods())
    yield "\n`context` is what the object may know:\n"
    yield from table(["field", "type"], ([f"`{name}`", f"`{kind}`"] for name, kind in _annotations(hookspecs.Context)))
    yield "\n## Built in\n"
    yield from _built_in()


NAMED_BY = {
    "hashstress_price_source": "`[price] source`",
    "hashstress_power_tariff": "`[power] source`",
    "hashstress_lender_policy": "`lenders.policy` of a book, `[policies.NAME] source`",
}


def _hooks() -> Iterator[list[str]]:
    for hook, descriptor in hookspecs.HOOKS.items():
        yield [f"`{hook}`", f"`{descriptor.__name__}`", NAMED_BY[hook]]


def _methods() -> Iterator[list[str]]:
    protocols = [
        kind for kind in vars(hookspecs).values() if inspect.isclass(kind) and getattr(kind, "_is_protocol", False)
    ]
    for (descriptor, mode), method in hookspecs.METHODS.items():
        (made,) = (vars(kind)[method] for kind in protocols if method in vars(kind))
        signature = str(inspect.signature(made)).replace("(self, ", "(").replace("'", "")
        sentence = inspect.cleandoc(made.__doc__ or "").partition("\n")[0]
        yield [f"`{descriptor.__name__}`", f"`{mode}`", f"`{method}{signature}`: {sentence}"]


def _annotations(kind: type) -> Iterable[tuple[str, str]]:
    return ((name, str(annotation)) for name, annotation in inspect.get_annotations(kind).items())


def _built_in() -> Iterator[str]:
    offers = [offer for offer in plugins.load({}, [], {}).offers if offer.plugin.dist == plugins.BUILTIN]
    for hook in hookspecs.HOOKS:
        title = hook.removeprefix(f"{hookspecs.GROUP}_").replace("_", " ")
        yield f"### {title}"
        for offer in sorted((offer for offer in offers if offer.hook == hook), key=lambda found: found.descriptor.name):
            yield from _offer(offer.descriptor)
        yield ""


def _offer(descriptor: hookspecs.Descriptor) -> Iterator[str]:
    params = descriptor.params
    yield f"\n**`{descriptor.name}`** (mode `{descriptor.mode}`).{f' {_sentence(params)}' if params else ''}"
    for model in models_of(params) if params else []:
        if model is not params:
            yield f"\n{_sentence(model)}"
        yield ""
        yield from table(["key", "value", "default"], _params(model))


def _params(model: type[BaseModel]) -> Iterator[list[str]]:
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        yield [f"`{field.alias or name}`", value_words(hints[name], field), default_words(field)]


# Writing


MAKERS = {
    "tables.md": tables_page,
    "scenario.md": scenario_page,
    "plugins.md": plugins_page,
    "contracts.md": contracts_page,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page would change")
    check = parser.parse_args().check
    stale = 0
    for name, make in MAKERS.items():
        path, new = PAGES / name, "\n".join(make()).rstrip("\n") + "\n"
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, encoding="utf-8")
        elif old != new:
            stale = 1
            sys.stderr.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, "generated"))
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
