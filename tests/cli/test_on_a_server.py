"""The command line on a database: its tables as SQL, and everything else as on a file."""

from __future__ import annotations

import json

import pytest
from tests import servers
from tests.cli.test_cli import EXAMPLES

from orderflow.cli import main

servers.require_extra()

import psycopg  # noqa: E402


def test_the_tables_are_printed_for_any_database(capsys):
    """What is printed needs no server, and bears the names that were asked for."""
    assert main(["schema", "--dialect", "postgresql", "--prefix", "shop_", "--schema", "trade"]) == 0
    text = capsys.readouterr().out
    assert "CREATE TABLE trade.shop_events (" in text
    assert "orderflow_" not in text


def test_a_database_is_made_looked_at_and_brought_up_to_date_once(database, capsys):
    """Printing changes nothing; --apply makes the tables; then nothing is missing."""
    assert main(["verify", "--db", database]) == 2
    assert "are not there. Run `orderflow schema --db URL --apply`" in capsys.readouterr().err
    for _ in range(2):
        assert main(["schema", "--db", database]) == 0
        assert "CREATE TABLE orderflow_events (" in capsys.readouterr().out
    assert main(["schema", "--db", database, "--apply", "--json"]) == 0
    applied = json.loads(capsys.readouterr().out)
    assert applied["applied"] is True
    assert "CREATE TABLE orderflow_events (" in applied["sql"]
    assert main(["schema", "--db", database, "--apply"]) == 0
    assert capsys.readouterr().out == "-- The tables are up to date.\n"


def test_orders_are_imported_shown_and_verified_in_a_database(database, capsys):
    """The same commands as on a file, with another prefix and schema."""
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        connection.execute("CREATE SCHEMA trade")
    place = ["--db", database, "--schema", "trade", "--prefix", "shop_"]
    assert main(["schema", *place, "--apply"]) == 0
    capsys.readouterr()
    assert main(["import", "woocommerce", str(EXAMPLES / "company_transfer.json"), *place]) == 0
    assert ": 1 order new, 0 changed, 0 as before" in capsys.readouterr().out
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        ((reference, number),) = connection.execute("SELECT reference, numbers FROM trade.shop_orders").fetchall()
    assert main(["show", reference, *place]) == 0
    assert json.loads(number)[0] in capsys.readouterr().out
    assert main(["verify", *place]) == 0
    assert "no violations" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["postgresql://shop:s3cret@127.0.0.1:1/shop", "postgresql://shop:s3cret@h:x/shop"])
def test_a_password_is_never_shown(url, capsys):
    """Neither where the server is not there nor where the URL is wrong."""
    for command in (["verify"], ["show", "ABC"], ["schema"]):
        assert main([*command, "--db", url]) == 2
        told = capsys.readouterr()
        assert "s3cret" not in told.out + told.err


def test_a_file_has_no_schema(tmp_path, capsys):
    assert main(["schema", "--db", str(tmp_path / "shop.db")]) == 2
    assert "is a file, which needs no schema" in capsys.readouterr().err
