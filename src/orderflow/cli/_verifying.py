"""``orderflow verify``."""

from __future__ import annotations

import attrs

from ..verify import verify
from ._database import Database, opened
from ._output import Output, counted

__all__ = ("verify_file",)


def verify_file(output: Output, *, db: Database) -> int:
    """List what does not hold; 1 where there is anything."""
    checked = 0
    with opened(db) as store, output.progress("verifying") as tell:

        def progress(done: int, total: int, name: str) -> None:
            nonlocal checked
            checked = total
            tell(done, total, name)

        violations = verify(store, progress=progress)
    output.document({"ok": not violations, "checked": checked, "violations": [attrs.asdict(one) for one in violations]})
    rows = [(one.invariant, one.stream, one.version, one.detail) for one in violations]
    output.table("What does not hold", ("invariant", "stream", "version", "detail"), rows)
    found = counted(len(violations), "violation", "violations") if violations else "no violations"
    output.line(f"{counted(checked, 'stream or counter', 'streams and counters')} verified: {found}")
    return 1 if violations else 0
