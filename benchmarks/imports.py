"""
What a fresh interpreter pays for orderflow: the import, and the first placed order on the store in memory.

Each is timed in new processes that find compiled modules, and the floor, importing ``json`` and ``sqlite3``, beside it
in the same run. Prints one JSON object; milliseconds are medians.

    python benchmarks/imports.py [--runs 9]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

JOBS = {
    "import_json_and_sqlite3": "import json, sqlite3",
    "import_orderflow": "import orderflow",
    "import_shop": "from orderflow import Shop",
    "import_and_first_order": """
from lifecycle import TARIFF, placement
from orderflow import Shop, stock
from orderflow.runtime.memory import MemoryStore

shop = Shop(MemoryStore(), seller="bench", tariff=TARIFF)
for sku in ("S3", "S4", "S5"):
    shop.do(stock.ReceiveStock(sku=sku, quantity=9, reference="opening"))
shop.place(placement(1))
""",
}
TIMED = "import time; start = time.perf_counter()\n{}\nprint(1000 * (time.perf_counter() - start))"


def milliseconds(job: str, bytecode: str) -> float:
    """How long *job* takes in a new interpreter that finds compiled modules, without the interpreter's own start."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(
        [sys.executable, "-c", TIMED.format(job)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        env={**environment, "PYTHONPYCACHEPREFIX": bytecode},
    )
    return float(ran.stdout)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in JOBS}
    with tempfile.TemporaryDirectory() as bytecode:
        for job in JOBS.values():
            milliseconds(job, bytecode)
        for _ in range(runs):
            for name, job in JOBS.items():
                times[name].append(milliseconds(job, bytecode))
    figures = {name: round(statistics.median(taken), 1) for name, taken in times.items()}
    sys.stdout.write(json.dumps({"benchmark": "imports", "milliseconds": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
