"""
What the docs take from the code is what the code says: field lists, wire names, protocols, diagrams, help texts.

It stands between ``<!-- generated: … -->`` and ``<!-- end -->``. Write it anew with
``python tests/project/test_generated_docs.py``, and read the difference before you commit it.
"""

from __future__ import annotations

import argparse
import enum
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from orderflow import cli, orders, payments, returns, shipping
from orderflow.actors import Actor

ROOT = Path(__file__).parents[2]
CONCEPTS = {
    name: importlib.import_module(f"orderflow.{name}")
    for name in ("orders", "payments", "stock", "shipping", "returns", "people", "pricing")
}
SECTION = re.compile(r"^<!-- generated: (?P<what>.+?) -->\n(?P<text>.*?)^<!-- end -->$", re.DOTALL | re.MULTILINE)
LIFECYCLES = {
    machine.__name__: machine
    for machine in (
        orders.OrderLifecycle,
        payments.AttemptLifecycle,
        payments.RefundLifecycle,
        shipping.ParcelLifecycle,
        returns.ReturnLifecycle,
    )
}


def union(kind: Any) -> tuple[type, ...]:
    """The classes of a union; one class alone is a union of itself."""
    return get_args(kind) or ((kind,) if inspect.isclass(kind) else ())


def both(module: Any, name: str) -> list[type]:
    """The classes of a concept's union, and of its items' where it has items."""
    return list(dict.fromkeys((*union(getattr(module, name)), *union(getattr(module, f"Item{name}", ())))))


def doc(thing: Any) -> str:
    """A docstring as Markdown, without its list of exceptions and examples."""
    text = inspect.cleandoc(thing.__doc__ or "")
    text = re.split(r"\n\n(?:Raises:|Args:|>>>)", text)[0]
    text = re.sub(r":\w+:`~?[\w.]*?(\w+)`", r"`\1`", text)
    return text.replace("``", "`")


def line(thing: Any) -> str:
    """A docstring in one line of a table."""
    return " ".join(doc(thing).split()).replace("|", "\\|")


def default(field: attrs.Attribute[Any]) -> str:
    """What a field is when nothing is said."""
    match field.default:
        case attrs.NOTHING:
            return ""
        case Actor(kind=kind):
            return f" = {kind.name}"
        case attrs.Factory():
            return " = …"
        case enum.Enum() as member:
            return f" = {type(member).__name__}.{member.name}"
        case value:
            return f" = {value!r}"


def stated(cls: type, name: str) -> str:
    """A field's type in the words of its class; attrs forgets them once somebody has the types resolved."""
    return next(own[name] for base in cls.__mro__ if name in (own := vars(base).get("__annotations__", {})))


def fields(cls: type) -> list[str]:
    """Each field with its type and default, as code."""
    return [f"`{field.name}: {stated(cls, field.name)}{default(field)}`" for field in attrs.fields(cls)]


def commands(concept: str) -> Iterator[str]:
    """Every command of a concept."""
    module = CONCEPTS[concept]
    for kind in both(module, "Command"):
        yield f"### `{concept}.{kind.__name__}`\n\n{doc(kind)}\n"
        yield "\n".join(f"- {field}" for field in fields(kind)) + "\n"


def events(concept: str) -> Iterator[str]:
    """Every event of a concept by the name under which it is stored."""
    yield "| stored as | class | what happened | fields |\n| --- | --- | --- | --- |"
    for kind, name in CONCEPTS[concept].WIRE_NAMES.items():
        shown = ", ".join(f"`{field.name}`" for field in attrs.fields(kind))
        yield f"| `{name}` | `{kind.__name__}` | {line(kind)} | {shown} |"


def rejections(concept: str) -> Iterator[str]:
    """Every reason of a concept."""
    yield "| rejection | fields | what it means |\n| --- | --- | --- |"
    for kind in both(CONCEPTS[concept], "Rejection"):
        shown = "<br>".join(fields(kind)).replace("|", "\\|")
        yield f"| `{concept}.{kind.__name__}` | {shown} | {line(kind)} |"


def reasons(concept: str) -> Iterator[str]:
    """Every reason why a promotion does not apply."""
    yield "| reason | kept as | fields | what it means |\n| --- | --- | --- | --- |"
    for kind in union(CONCEPTS[concept].Reason):
        shown = "<br>".join(fields(kind)).replace("|", "\\|")
        yield f"| `{concept}.{kind.__name__}` | `{CONCEPTS[concept].KINDS[kind]}` | {shown} | {line(kind)} |"


def port(module: str) -> Iterator[str]:
    """What a port's module declares: its protocols first, then the values that they speak of."""
    names = importlib.import_module(f"orderflow.ports.{module}")
    things = [getattr(names, name) for name in names.__all__]
    protocols = [thing for thing in things if getattr(thing, "_is_protocol", False)]
    yield doc(names)
    for thing in protocols:
        yield f"\n### `{thing.__name__}`\n\n{doc(thing)}\n"
        for name, member in vars(thing).items():
            if isinstance(member, property):
                yield f"- `{name}`: {line(member)}"
            elif inspect.isfunction(member) and not name.startswith("_"):
                yield f"- `{name}{inspect.signature(member)}`: {line(member)}".replace("(self, ", "(").replace("'", "")
    values = [thing for thing in things if inspect.isclass(thing) and thing not in protocols]
    if values:
        yield "\n### Values\n\n| value | what it is | fields |\n| --- | --- | --- |"
    for thing in values:
        yield f"| `{thing.__name__}` | {line(thing)} | {'<br>'.join(value_fields(thing))} |"


def value_fields(cls: type) -> list[str]:
    """The fields of a value, or the members of an enumeration."""
    if issubclass(cls, enum.Enum):
        return [f"`{member.value}`" for member in cls]
    return [field.replace("|", "\\|") for field in fields(cls)] if attrs.has(cls) else []


def document(name: str) -> Iterator[str]:
    """The keys of one object of the order document."""
    concept, _, title = name.partition(".")
    cls = getattr(CONCEPTS[concept], title)
    yield "| key | type | may be left out |\n| --- | --- | --- |"
    for field in attrs.fields(cls):
        left_out = "" if field.default is attrs.NOTHING else "yes" if default(field) == " = None" else default(field)
        yield f"| `{field.name}` | `{stated(cls, field.name)}` | {left_out.removeprefix(' = ')} |".replace(
            " | None`", "`, or null"
        )


def lifecycle(name: str) -> Iterator[str]:
    """A lifecycle as a picture."""
    yield f"```mermaid\n{format(LIFECYCLES[name], 'mermaid').strip()}\n```"


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Every command that can be run."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield parser
    for action in below:
        for each in action.choices.values():
            yield from leaves(each)


def program(_: str) -> Iterator[str]:
    """Every command of the program, with its arguments."""
    for parser in leaves(cli._parser()):
        yield f"### `{parser.prog}`\n\n{(parser.description or '').strip()}\n"
        yield "| argument | what it is |\n| --- | --- |"
        for action in parser._actions:
            if action.dest != "help":
                says = (action.help or "") % {"default": action.default}
                named = " ".join([", ".join(action.option_strings), str(action.metavar or "")]).strip()
                yield f"| `{named}` | {says}{', required' if action.required else ''} |"
        yield ""


GENERATORS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "commands": commands,
    "events": events,
    "rejections": rejections,
    "reasons": reasons,
    "port": port,
    "document": document,
    "lifecycle": lifecycle,
    "program": program,
}


def generated(page: str) -> str:
    """The page with every section written anew."""

    def section(found: re.Match[str]) -> str:
        kind, _, argument = found["what"].partition(" ")
        text = "\n".join(GENERATORS[kind](argument)).strip()
        return f"<!-- generated: {found['what']} -->\n\n{text}\n\n<!-- end -->"

    return SECTION.sub(section, page)


def pages() -> list[Path]:
    """Every page with a generated section."""
    return [page for page in sorted(ROOT.glob("docs/**/*.md")) if "<!-- generated: " in page.read_text("utf-8")]


def shown(kind: str) -> set[str]:
    """The arguments with which sections of this kind stand in the docs."""
    sections = (found["what"] for page in pages() for found in SECTION.finditer(page.read_text("utf-8")))
    return {what.partition(" ")[2] for what in sections if what.partition(" ")[0] == kind}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_takes_from_the_code_is_current(page):
    """Fields, names and pictures are those of the classes."""
    text = page.read_text("utf-8")
    assert text.splitlines() == generated(text).splitlines(), "write it anew: see the top of this file"


def test_every_concept_and_port_is_in_the_reference():
    """A new concept, event, port or lifecycle cannot be forgotten."""
    assert shown("commands") == {name for name, module in CONCEPTS.items() if hasattr(module, "Command")}
    assert shown("events") == {name for name, module in CONCEPTS.items() if hasattr(module, "WIRE_NAMES")}
    assert shown("rejections") == set(CONCEPTS)
    assert shown("reasons") == {name for name, module in CONCEPTS.items() if hasattr(module, "Reason")}
    assert shown("program") == {"orderflow"}
    assert shown("lifecycle") == set(LIFECYCLES)
    assert shown("port") == {path.stem for path in ROOT.glob("src/orderflow/ports/[a-z]*.py")}


def test_a_picture_changes_with_its_class():
    """The pictures are drawn from the classes: another class, another picture."""
    assert "received --> verified" in "".join(lifecycle("OrderLifecycle"))
    assert "".join(lifecycle("OrderLifecycle")) != "".join(lifecycle("ReturnLifecycle"))


def test_every_dependency_is_explained():
    """Nothing is installed, by default or by an extra, without a reason in the docs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    reasons = (ROOT / "docs" / "explanation" / "dependencies.md").read_text("utf-8")
    names = [re.match(r"[\w-]+", each)[0] for each in project["dependencies"]]
    rows = [row.lower() for row in reasons.splitlines() if row.startswith("|")]
    assert not [name for name in names if not any(f"[{name}]" in row for row in rows)]
    assert not [extra for extra in project["optional-dependencies"] if f"| `{extra}` |" not in reasons]


def main() -> None:
    """Write every generated section anew."""
    for page in pages():
        text = page.read_text("utf-8")
        page.write_text(generated(text), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
