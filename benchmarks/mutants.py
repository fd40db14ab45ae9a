"""
Mutation testing of what computes amounts: every small change to it has to fail a test.

The mutants are those of mutmut (``pip install mutmut==3.8.1``). Its own runner starts pytest anew for each of them,
which takes hours here; so the tests are collected once, and each mutant runs in a fork, with the tests that reach it,
quickest first. Linux or macOS.

    python benchmarks/mutants.py [--only PART_OF_A_NAME] [--processes 2]

Prints each survivor as a difference, then the figures by module, and ends with 1 where fewer than 95 % were killed.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import io
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation import trampoline
from mutmut.mutation.file_mutation import mutate_file_contents

ROOT = Path(__file__).parents[1]
MODULES = (
    "money", "pricing/_amounts", "pricing/_benefits", "pricing/_cuts", "pricing/_deals", "pricing/_ledger",
    "pricing/_percent", "pricing/_shares", "pricing/_stacking", "pricing/_tax", "pricing/_till", "pricing/_vat",
)  # fmt: skip
TESTS = (
    "ground/test_money", "pricing/test_bad_promotions", "pricing/test_benefits", "pricing/test_combining",
    "pricing/test_ledger", "pricing/test_policy", "pricing/test_pricing_laws", "pricing/test_promotion_laws_choice",
    "pricing/test_promotion_laws_refunds", "pricing/test_promotion_laws_sums", "pricing/test_promotion_laws_tax",
    "pricing/test_quotes", "pricing/test_sets", "pricing/test_shares", "pricing/test_tariff", "pricing/test_tax",
    "pricing/test_vat",
)  # fmt: skip
KILLED, SURVIVED, NOT_REACHED = "killed", "survived", "not reached"
ASKED = 0.95
MOST_MEMORY = 3 << 30


def mutate(folder: Path) -> list[str]:
    """Write the package into *folder* with all mutants of each function beside it; their names."""
    shutil.copytree(ROOT / "src" / "orderflow", folder / "orderflow")
    names = []
    for module in MODULES:
        path = folder / "orderflow" / f"{module}.py"
        mutated = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
        path.write_text(mutated.code, encoding="utf-8")
        dotted = f"orderflow.{module.replace('/', '.')}"
        names += [name if "." in name else f"{dotted}.{name}" for name in mutated.mutant_names]
    return names


class Runner:
    """Takes the place of pytest's loop over the tests that it has collected."""

    def __init__(self, mutants: Sequence[str], processes: int) -> None:
        self.mutants = mutants
        self.processes = processes
        self.results: dict[str, str] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All tests without a mutant, then all mutants."""
        reached = self._reached(session.items)
        gc.collect()
        gc.freeze()  # what was collected stays shared between the forks
        shares = [self.mutants[start :: self.processes] for start in range(self.processes)]
        for pid, told in [self._in_a_fork(share, reached) for share in shares]:
            os.waitpid(pid, 0)
            with told:
                told.seek(0)
                self.results |= dict(line.rstrip("\n").split(" ", 1) for line in told)
        return True

    def _reached(self, items: Iterable[pytest.Item]) -> dict[str, list[tuple[float, pytest.Item]]]:
        """By function, the tests that call it and how long they take."""
        found: dict[str, list[tuple[float, pytest.Item]]] = defaultdict(list)
        called: set[str] = set()
        trampoline.record_trampoline_hit = lambda name, *_, **__: called.add(name)
        trampoline.set_mutant_under_test("stats")
        for item in items:
            called.clear()
            started = time.process_time()
            if not passes(item):
                raise SystemExit(f"{item.nodeid} fails without any mutant")
            for name in called:
                found[name].append((time.process_time() - started, item))
        trampoline.set_mutant_under_test("")
        return found

    def _in_a_fork(
        self, mutants: Iterable[str], reached: dict[str, list[tuple[float, pytest.Item]]]
    ) -> tuple[int, IO[str]]:
        answers = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 whoever reads it closes it
        if pid := os.fork():
            return pid, answers
        for mutant in mutants:
            tests = sorted(reached.get(mutant.rpartition("__mutmut_")[0], []), key=lambda each: each[0])
            print(mutant, fate(mutant, tests), file=answers, flush=True)
        os._exit(0)


def fate(mutant: str, tests: Sequence[tuple[float, pytest.Item]]) -> str:
    """What becomes of a mutant. Whoever needs three times as long as all its tests, or too much memory, is dead."""
    if not tests:
        return NOT_REACHED
    child = os.fork()
    if not child:
        seconds = int(time.process_time() + 3 + 3 * sum(took for took, _ in tests))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        trampoline.set_mutant_under_test(mutant)
        sys.stdout = sys.stderr = io.StringIO()
        try:
            survived = all(passes(item) for _, item in tests)
        except BaseException:  # noqa: BLE001 whatever it is, the tests have noticed
            survived = False
        os._exit(0 if survived else 1)
    return KILLED if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) else SURVIVED


def passes(item: Any) -> bool:
    """Run a test, again perhaps."""
    item._initrequest()  # noqa: SLF001 there is no public way to run an item again
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def difference(mutant: str, folder: Path) -> Iterator[str]:
    """What a mutant changed."""
    module, _, name = mutant.rpartition(".")
    code = (folder / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    original = f"{name.rpartition('__mutmut_')[0]}__mutmut_orig"
    before, after = (body(code, each) for each in (original, name))
    for line in difflib.unified_diff(before[1:], after[1:], lineterm="", n=0):
        if line[:1] in "+-" and line[:3] not in {"+++", "---"}:
            yield f"    {line}"


def body(code: str, function: str) -> list[str]:
    """The lines of one function."""
    found = re.search(rf"^( *)def {function}\(.*?(?=^\1\S|\Z)", code, re.DOTALL | re.MULTILINE)
    assert found, function
    return found[0].rstrip().split("\n")


def main() -> int:
    """Mutate, run, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PART_OF_A_NAME")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        runner = Runner([name for name in mutate(folder) if given.only in name], given.processes)
        os.environ["MUTANT_UNDER_TEST"] = ""
        sys.path[:0] = [scratch, str(ROOT)]
        tests = [str(ROOT / "tests" / f"{name}.py") for name in TESTS]
        quiet = ["-q", "-s", "-p", "no:cacheprovider", "--hypothesis-profile=mutation", "-o", f"pythonpath={scratch}"]
        pytest.main([*quiet, f"--rootdir={ROOT}", *tests], plugins=[runner])
        left = [mutant for mutant, became in runner.results.items() if became != KILLED]
        for mutant in left:
            print(mutant, runner.results[mutant], *difference(mutant, folder), sep="\n")
    by_module = Counter(mutant.split(".x", 1)[0] for mutant in runner.results)
    survivors = Counter(mutant.split(".x", 1)[0] for mutant in left)
    for module, count in by_module.items():
        print(f"{module:32} {count:5} mutants {survivors[module]:4} left")
    killed = 1 - len(left) / max(len(runner.results), 1)
    print(f"{len(runner.results)} mutants, {killed:.1%} killed")
    return 0 if runner.results and killed >= ASKED else 1


if __name__ == "__main__":
    raise SystemExit(main())
