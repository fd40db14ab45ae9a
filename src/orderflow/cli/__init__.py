"""
The command line: price a basket, import orders, look at one, count the stock, verify, draw lifecycles, play the demo.

It exits with 0 where all is well, 1 where something was rejected or found, and 2 where it could not be done at all:
wrong arguments, or a file or database that cannot be used. Without a command it prints its help, and leaves with 2 too.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import OrderflowError
from ._database import Database
from ._diagram import FORMATS, NAMES, diagram
from ._output import Output

__all__ = ("main",)

_DESCRIPTION = "Orders of an online shop in one SQLite file or a PostgreSQL database: import, look, verify."
_EPILOG = """\
examples:
  orderflow demo --html day.html
  orderflow import woocommerce export/*.json --db shop.db
  orderflow list --db shop.db
  orderflow show woocommerce:4711 --db shop.db
  orderflow verify --db shop.db
  orderflow price basket.json --explain
  orderflow diagram parcel

exit codes: 0 all is well, 1 something was rejected or found, 2 it could not be done
"""
_IMPORT = """\
Record orders and refunds of WooCommerce's REST API (version 3) in the file given by --db, which is created where it is
not there, or in a database by its URL. FILES hold an order, a list of orders, a batch, or refunds; amounts are kept as
they were recorded there. The same files again change nothing, newer documents update what they changed. What a person
should look at is listed and kept with the order; the exit code is 1 only where something was refused.
"""
_IMPORT_EPILOG = """\
examples:
  orderflow import woocommerce orders.json refunds.json --db shop.db
  orderflow import woocommerce export/*.json --db shop.db --seller "Tea & Mug" --json
"""
_LIST = """\
The orders in the file or database given by --db: those that came in last are first.
"""
_LIST_EPILOG = """\
examples:
  orderflow list --db shop.db
  orderflow list --db shop.db --status awaiting_payment --json
"""
_SHOW = """\
Everything about one order: its money, stock, parcels and returns, the messages that were sent, and its whole history.
REF is the number people use (however typed), the order's id, or its number in another system (woocommerce:4711).
"""
_SHOW_EPILOG = """\
examples:
  orderflow show 3BW-WVL-AQ3H --db shop.db
  orderflow show woocommerce:4711 --db shop.db --json
"""
_VERIFY = """\
Work out everything in the file or database again from its events (chain, money, stock, work, search keys) and list what
differs. Nothing is changed. The short names (M2, S4 ...) are those of orderflow.verify.Violation.
"""
_VERIFY_EPILOG = """\
examples:
  orderflow verify --db shop.db
  orderflow verify --db shop.db --json > findings.json
  orderflow verify --db postgresql://shop@localhost/shop
"""
_STOCK_TAKE = """\
Book what somebody counted: FILE is CSV as spreadsheets write it, with the columns sku and counted, and location where
stock lies in several places. All of it is booked or nothing; what was sold since --counted-at stays sold. The same file
again changes nothing.
"""
_STOCK_TAKE_EPILOG = """\
examples:
  orderflow stock-take shelf.csv --counted-at 2026-11-23T09:00+01:00 --db shop.db
  orderflow stock-take shelf.csv --counted-at 2026-11-23T08:00Z --location krakow --db shop.db --json
"""
_SCHEMA = """\
The tables of a database on a server, as plain SQL to be reviewed: all of them for a --dialect, or what is missing in
the database given by --db. With --apply it is run there; otherwise nothing is changed.
"""
_SCHEMA_EPILOG = """\
examples:
  orderflow schema --dialect postgresql > tables.sql
  orderflow schema --dialect mariadb > tables.sql
  orderflow schema --db postgresql://shop@localhost/shop
  orderflow schema --db postgresql://shop@localhost/shop --apply
"""
_PRICE = """\
What a basket costs, and why: its lines, units, VAT and delivery, what every promotion took off, and why others did not.
FILE is a JSON document with currency and lines at least, "-" is the standard input; docs/reference/pricing-documents.md
says all that may be in it. The answer is JSON, unless --explain asks for words. No database is needed.
"""
_PRICE_EPILOG = """\
examples:
  orderflow price basket.json
  orderflow price basket.json --explain --language pl
"""
_DIAGRAM_EPILOG = """\
examples:
  orderflow diagram order
  orderflow diagram --format markdown > lifecycles.md
"""
_DEMO = """\
A shop's day, story by story: late money, double payments, lost parcels, returns, a process killed in the middle.
Each story checks its own money and stock at its end.
"""
_DEMO_EPILOG = """\
examples:
  orderflow demo
  orderflow demo --html day.html --db day.db
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser()
    if not given:
        parser.exit(2, parser.format_help())
    options = vars(parser.parse_args(given))
    output = Output(as_json=options.pop("json"))
    command = options.pop("command")
    if "prefix" in options:
        options["db"] = Database(options["db"] or "", options.pop("prefix"), options.pop("schema"))
    try:
        code: int = command(output, **options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered must not complain on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OrderflowError as error:
        output.failed(str(error))
        return 2
    except sqlite3.Error as error:
        output.failed(f"the database cannot be used: {error}. Keep a copy of the file, and restore a backup")
        return 2
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        output.failed(f"{place}{error.strerror or error}")
        return 2
    return code


def _run_import(output: Output, **options: object) -> int:
    from ._importing import import_woocommerce

    return import_woocommerce(output, **options)  # type: ignore[arg-type]


def _run_list(output: Output, **options: object) -> int:
    from ._listing import list_orders

    return list_orders(output, **options)  # type: ignore[arg-type]


def _run_show(output: Output, **options: object) -> int:
    from ._showing import show

    return show(output, **options)  # type: ignore[arg-type]


def _run_verify(output: Output, **options: object) -> int:
    from ._verifying import verify_file

    return verify_file(output, **options)  # type: ignore[arg-type]


def _run_stock_take(output: Output, **options: object) -> int:
    from ._stock_take import stock_take

    return stock_take(output, **options)  # type: ignore[arg-type]


def _run_schema(output: Output, **options: object) -> int:
    from ._schema import schema

    return schema(output, **options)  # type: ignore[arg-type]


def _run_price(output: Output, **options: object) -> int:
    from ._pricing import price

    return price(output, **options)  # type: ignore[arg-type]


def _run_demo(output: Output, **options: object) -> int:
    from ._demo import play

    return play(output, **options)  # type: ignore[arg-type]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="orderflow",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"orderflow {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_orders(commands)
    _add_databases(commands)
    _add_others(commands)
    return parser


def _add_orders(commands: Any) -> None:
    importing = commands.add_parser("import", help="record orders that exist elsewhere")
    sources = importing.add_subparsers(title="sources", metavar="SOURCE", required=True)
    woocommerce = _command(sources, "woocommerce", "orders and refunds of WooCommerce", _IMPORT, _IMPORT_EPILOG)
    woocommerce.add_argument("files", nargs="+", type=Path, metavar="FILES", help="JSON documents")
    _takes_database(woocommerce)
    woocommerce.add_argument("--seller", default="shop", help="who sells, pinned in every order (default: %(default)s)")
    woocommerce.add_argument("--channel", default="default", help="where the orders come from (default: %(default)s)")
    woocommerce.add_argument("--law", default="PL", help="whose consumer law applies (default: %(default)s)")
    woocommerce.set_defaults(command=_run_import)

    listing = _command(commands, "list", "orders, page by page", _LIST, _LIST_EPILOG)
    _takes_database(listing)
    listing.add_argument("--status", help="only those, such as awaiting_payment")
    listing.add_argument("--after", metavar="ID", help="the page after this order")
    listing.add_argument("--limit", type=int, default=50, help="of one page (default: %(default)s)")
    listing.set_defaults(command=_run_list)

    showing = _command(commands, "show", "everything about one order", _SHOW, _SHOW_EPILOG)
    showing.add_argument("reference", metavar="REF", help="reference, id, or SYSTEM:NUMBER")
    _takes_database(showing)
    showing.set_defaults(command=_run_show)


def _add_databases(commands: Any) -> None:
    counting = _command(commands, "stock-take", "book what was counted", _STOCK_TAKE, _STOCK_TAKE_EPILOG)
    counting.add_argument("file", type=Path, metavar="FILE", help="CSV with the columns sku and counted")
    _takes_database(counting)
    counting.add_argument(
        "--counted-at", required=True, metavar="MOMENT", help="when it was counted, with its offset from UTC"
    )
    counting.add_argument("--reference", help="what the stock-take is called (default: made of the file's content)")
    counting.add_argument(
        "--location", action="append", default=[], metavar="CODE", help="a place beside main that the file may name"
    )
    counting.set_defaults(command=_run_stock_take)

    verifying = _command(commands, "verify", "work everything out again and compare", _VERIFY, _VERIFY_EPILOG)
    _takes_database(verifying)
    verifying.set_defaults(command=_run_verify)

    making = _command(commands, "schema", "the tables of a database, as SQL", _SCHEMA, _SCHEMA_EPILOG)
    whose = making.add_mutually_exclusive_group(required=True)
    whose.add_argument(
        "--dialect", choices=("postgresql", "mariadb"), help="print everything, for any database of this kind"
    )
    _takes_database(making, whose=whose)
    making.add_argument("--apply", action="store_true", help="run what is missing in --db")
    making.set_defaults(command=_run_schema)


def _add_others(commands: Any) -> None:
    pricing = _command(commands, "price", "what a basket costs, and why", _PRICE, _PRICE_EPILOG)
    pricing.add_argument("file", metavar="FILE", help="JSON document, or - for the standard input")
    pricing.add_argument("--explain", action="store_true", help="tell it in words")
    pricing.add_argument("--language", default="en", help="of the words: pl, en, de (default: %(default)s)")
    pricing.set_defaults(command=_run_price)

    drawing = _command(commands, "diagram", "the lifecycles as diagrams or tables", None, _DIAGRAM_EPILOG)
    drawing.add_argument("name", nargs="?", choices=NAMES, metavar="NAME", help=f"{', '.join(NAMES)} (default: all)")
    drawing.add_argument("--format", choices=FORMATS, default="mermaid", help="default: %(default)s")
    drawing.set_defaults(command=diagram)

    playing = _command(commands, "demo", "a shop's day on a real file, checked", _DEMO, _DEMO_EPILOG)
    playing.add_argument("--db", type=Path, metavar="PATH", help="play in this file, and keep it")
    playing.add_argument("--html", type=Path, metavar="FILE", help="write the day as a page")
    playing.set_defaults(command=_run_demo)


def _command(
    commands: Any,
    name: str,
    summary: str,
    description: str | None,
    epilog: str,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description or f"{summary[0].upper()}{summary[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="answer as one JSON document")
    return parser


def _takes_database(parser: argparse.ArgumentParser, whose: Any = None) -> None:
    (whose or parser).add_argument(
        "--db",
        required=whose is None,
        metavar="WHERE",
        help="the SQLite file, or postgresql:// or mariadb://user@host/name",
    )
    parser.add_argument("--prefix", default="orderflow_", help="of the tables in a database (default: %(default)s)")
    parser.add_argument("--schema", help="in which the tables are (default: the first that the user finds)")
