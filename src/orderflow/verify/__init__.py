"""
Verification: everything in a store worked out again from its events, and compared with what is stored.

The chain through the events shows that nothing was changed; replaying them shows that every step was legal and every
amount and unit adds up; counters, holds, work, search keys and receipts must be exactly what the events call for.

What it cannot know: policy. A piece of work that only a policy asks for (``track_parcel``, a subscriber's
``publish:``) is not missed where it is gone, and done work that is made due again is only done again.
"""

from ._store import Progress, verify
from ._violation import Violation

__all__ = ("Progress", "Violation", "verify")
