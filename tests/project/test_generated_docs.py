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
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import attrs
import pytest

from orderflow import Shop, cli, coupons, loyalty, orders, payments, pricing, returns, shipping, wire, workflows
from orderflow.actors import Actor
from orderflow.runtime import views

ROOT = Path(__file__).parents[2]
CONCEPTS = {
    name: importlib.import_module(f"orderflow.{name}")
    for name in (
        *("orders", "payments", "stock", "coupons", "giftcards", "loyalty"),
        *("shipping", "returns", "people", "pricing"),
    )
}
SECTION = re.compile(r"^<!-- generated: (?P<what>.+?) -->\n(?P<text>.*?)^<!-- end -->$", re.DOTALL | re.MULTILINE)
LONGEST_DEFAULT = 40
SCHEMAS = {
    ROOT / "docs" / "reference" / f"{name}.schema.json": name for name in ("promotion", "promotions", "basket", "quote")
}
LIFECYCLES = {
    machine.__name__: machine
    for machine in (
        orders.OrderLifecycle,
        orders.SubstituteLifecycle,
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
        case value if attrs.has(type(value)) and all(
            getattr(value, each.name) == each.default for each in attrs.fields(type(value))
        ):
            return f" = {type(value).__name__}()"
        case value if len(repr(value)) > LONGEST_DEFAULT:
            return " = …"
        case value:
            return f" = {value!r}"


def stated(cls: type, name: str) -> str:
    """A field's type in the words of its class; attrs forgets them once somebody has the types resolved."""
    return next(own[name] for base in cls.__mro__ if name in (own := vars(base).get("__annotations__", {})))


def fields(cls: type) -> list[str]:
    """Each field with its type and default, as code."""
    return [f"`{field.name}: {stated(cls, field.name)}{default(field)}`" for field in told(cls)]


def told(cls: type) -> list[attrs.Attribute[Any]]:
    """The fields that are anybody's business."""
    return [field for field in attrs.fields(cls) if not field.name.startswith("_")]


class Bare(str):
    """A type as it was written; ``inspect`` would show it in quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def call(member: Any) -> str:
    """How a method is called, in the words of its definition."""
    written = inspect.signature(member)
    given = [each.replace(annotation=Bare(each.annotation)) for each in list(written.parameters.values())[1:]]
    return str(written.replace(parameters=given, return_annotation=Bare(written.return_annotation)))


def named(hint: Any) -> Iterator[type]:
    """The classes of ours in a type."""
    if inspect.isclass(hint) and hint.__module__.startswith("orderflow."):
        yield hint
    for part in get_args(hint):
        yield from named(part)


def spoken_of(roots: Iterable[type]) -> list[type]:
    """The classes of ours in the fields of *roots*, and in their fields, and so on, as they are met."""
    waiting, seen = list(roots), dict[type, None]()
    while waiting:
        kind = waiting.pop(0)
        hints = get_type_hints(kind) if attrs.has(kind) else {}
        for found in (each for name, hint in hints.items() if not name.startswith("_") for each in named(hint)):
            if found not in seen:
                seen[found] = None
                waiting.append(found)
    return list(seen)


def members(cls: type, name: str) -> str:
    """The values of the enumerations in a field's type."""
    kinds = [kind for kind in named(get_type_hints(cls)[name]) if issubclass(kind, enum.Enum)]
    return ", ".join(f"`{member.value}`" for kind in kinds for member in kind)


def listed(cls: type) -> Iterator[str]:
    """The fields of a value, with what an enumeration may say; or the members of an enumeration."""
    if issubclass(cls, enum.Enum):
        yield from (f"- `{member.value}`" for member in cls)
        return
    for shown, field in zip(fields(cls), told(cls), strict=True):
        yield f"- {shown}" + (f": {said}" if (said := members(cls, field.name)) else "")


def entries(kinds: Iterable[type]) -> Iterator[str]:
    """Values, each under its own heading."""
    for kind in kinds:
        yield f"### `{called(kind)}`\n\n{doc(kind)}\n"
        yield from listed(kind)
        yield ""


def commands(concept: str) -> Iterator[str]:
    """Every command of a concept."""
    module = CONCEPTS[concept]
    for kind in both(module, "Command"):
        yield f"### `{concept}.{kind.__name__}`\n\n{doc(kind)}\n"
        yield from listed(kind)
        yield ""


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
                yield f"- `{name}{call(member)}`: {line(member)}"
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


def home(cls: type) -> str:
    """The section of a value: its concept, or ``everywhere``."""
    part = cls.__module__.split(".")[1]
    return part if part in {*CONCEPTS, "workflows"} else "everywhere"


def called(cls: type) -> str:
    """A class as one imports it: by its concept where it has one."""
    return cls.__name__ if home(cls) == "everywhere" else f"{home(cls)}.{cls.__name__}"


def given_values() -> list[type]:
    """What a host makes: all that commands, baskets and the shop's options are made of."""
    roots = [kind for module in CONCEPTS.values() if hasattr(module, "Command") for kind in both(module, "Command")]
    kinds = [
        pricing.Tariff,
        pricing.Basket,
        workflows.PaymentMethod,
        orders.HostCheck,
        orders.HostStage,
        shipping.Insert,
        coupons.Campaign,
        loyalty.Programme,
    ]
    return list(dict.fromkeys([*spoken_of([*roots, *kinds]), *kinds]))


def values(where: str) -> Iterator[str]:
    """The values that a host makes, of one concept."""
    yield from entries(kind for kind in given_values() if home(kind) == where)


def held(names: str) -> Iterator[str]:
    """The values that a view holds."""
    pairs = (each.split(".") for each in names.split())
    yield from entries(getattr(CONCEPTS.get(concept, workflows), name) for concept, name in pairs)


def said_of(docs: str, about: str = "Args") -> Mapping[str, str]:
    """What a docstring says of each argument, or of what is raised."""
    told = re.search(rf"^{about}:\n(.*?)(?:\n\n|\Z)", inspect.cleandoc(docs), re.DOTALL | re.MULTILINE)
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", told[1] if told else "", re.MULTILINE)
    return {name: " ".join(text.replace("``", "`").replace("|", "\\|").split()) for name, text in found}


def options(_: str) -> Iterator[str]:
    """What a shop is opened with."""
    yield doc(Shop)
    told = said_of(Shop.__doc__ or "")
    yield "\n| option | what it is | default |\n| --- | --- | --- |"
    for name, option in list(inspect.signature(Shop.__init__).parameters.items())[1:]:
        kind = option.annotation.replace("|", "\\|")
        usual = "" if option.default is option.empty else f"`{option.default!r}`"
        yield f"| `{name}: {kind}` | {told[name]} | {usual} |"


def methods(_: str) -> Iterator[str]:
    """What a shop can do."""
    for name, method in vars(Shop).items():
        if name.startswith("_"):
            continue
        yield f"### `{name}`\n\n```py\n{name}{call(method)}\n```\n\n{doc(method)}\n"
        raised = said_of(method.__doc__, "Raises")
        yield from (f"- Raises `{error}`: {when}" for error, when in raised.items())
        if raised:
            yield ""


def view(name: str) -> Iterator[str]:
    """What a host reads of an answer: its fields, and what is derived from them."""
    cls = getattr(views, name)
    yield f"### `{name}`\n\n{doc(cls)}\n"
    for field in attrs.fields(cls):
        yield f"- `{field.name}: {stated(cls, field.name)}`"
    for each, derived in vars(cls).items():
        if isinstance(derived, property):
            yield f"- `{each}: {Bare(inspect.signature(derived.fget).return_annotation)}`: {line(derived)}"


def document(name: str) -> Iterator[str]:
    """The keys of one object of the order document."""
    concept, _, title = name.partition(".")
    cls = getattr(CONCEPTS[concept], title)
    yield "| key | type | may be left out |\n| --- | --- | --- |"
    for field in (field for field in attrs.fields(cls) if field.init):
        left_out = "" if field.default is attrs.NOTHING else "yes" if default(field) == " = None" else default(field)
        yield f"| `{field.name}` | `{stated(cls, field.name)}` | {left_out.removeprefix(' = ')} |".replace(
            " | None`", "`, or null"
        )


def kinds(union_name: str) -> Iterator[str]:
    """What can stand in a promotion, by the name of its kind."""
    yield "| kind | keys | what it means |\n| --- | --- | --- |"
    for kind in union(getattr(pricing, union_name)):
        shown = "<br>".join(fields(kind)).replace("|", "\\|")
        yield f"| `{pricing.KINDS[kind]}` | {shown} | {line(kind)} |"


def schema(name: str) -> str:
    """A JSON Schema as it is published."""
    return json.dumps(wire.json_schema(name), indent=2) + "\n"


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
    "options": options,
    "methods": methods,
    "view": view,
    "values": values,
    "held": held,
    "document": document,
    "kinds": kinds,
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


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_published_schema_is_current(path):
    """It says what the classes say."""
    assert path.read_text("utf-8") == schema(SCHEMAS[path]), "write it anew: see the top of this file"


def test_every_published_schema_is_one_of_ours():
    """None is left behind."""
    assert set(ROOT.glob("docs/**/*.schema.json")) == set(SCHEMAS)


def test_every_concept_and_port_is_in_the_reference():
    """A new concept, event, port or lifecycle cannot be forgotten."""
    assert shown("commands") == {name for name, module in CONCEPTS.items() if hasattr(module, "Command")}
    assert shown("events") == {name for name, module in CONCEPTS.items() if hasattr(module, "WIRE_NAMES")}
    assert shown("rejections") == set(CONCEPTS)
    assert shown("reasons") == {name for name, module in CONCEPTS.items() if hasattr(module, "Reason")}
    assert shown("kinds") == {"Benefit", "Condition", "GroupEffect"}
    assert shown("program") == {"orderflow"}
    assert shown("lifecycle") == set(LIFECYCLES)
    assert shown("view") == {name for name in views.__all__ if attrs.has(getattr(views, name))}
    assert shown("values") == {home(kind) for kind in given_values()}
    assert shown("port") == {path.stem for path in ROOT.glob("src/orderflow/ports/[a-z]*.py")}


def test_only_types_lose_their_quotes():
    """A page of prose without apostrophes reads as if nobody had looked at it."""

    class Port:
        def ask(self, what: str = "it's", more: int | None = None) -> str:
            """The partner's answer."""

    assert call(Port.ask) == '(what: str = "it\'s", more: int | None = None) -> str'
    assert "Lets a firm's people" not in (ports := (ROOT / "docs/reference/ports.md").read_text("utf-8"))
    assert "customer's" in ports


def test_a_command_names_the_values_of_its_enumerations():
    """One need not open the source to learn what may be said."""
    assert "- `outcome: RefundStage`: `requested`, `pending`, `settled`, `rejected`" in [*commands("payments")]


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
    """Write every generated section and every schema anew."""
    for path, name in SCHEMAS.items():
        path.write_text(schema(name), "utf-8")
    for page in pages():
        text = page.read_text("utf-8")
        page.write_text(generated(text), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
