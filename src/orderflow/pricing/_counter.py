"""The counter: promotions are tried and rung up on a till here, and what became of each is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..money import Money
from ._conditions import ALWAYS
from ._cuts import cut
from ._eligibility import unmet
from ._promotion import Promotion, Promotions
from ._reasons import Applied, Beaten, Excluded, NotApplied, Outcome, Reason, Stopped
from ._till import Cuts, Till

Taken = tuple[int, Cuts]
"""How much a promotion takes off goods and chosen delivery together, and what off which."""


class Counter:
    """
    One run over the promotions of a shop. ``till`` is the state.

    ``became`` has what each promotion took, or why it does not apply.
    ``of_group`` has the promotion that a group has had already, ``stopped_by`` the one after which nothing comes.
    """

    __slots__ = ("became", "of_group", "promotions", "stopped_by", "till")

    def __init__(self, promotions: Promotions, till: Till) -> None:
        self.promotions = promotions
        self.till = till
        self.became: dict[str, Taken | NotApplied] = {}
        self.of_group: dict[str, str] = {}
        self.stopped_by = ""

    def beside(self) -> Counter:
        """Another counter with a till in the same state, to try something out."""
        other = Counter(self.promotions, self.till.copy())
        other.of_group, other.stopped_by = self.of_group.copy(), self.stopped_by
        return other

    def unmet(self, promotion: Promotion) -> tuple[Reason, ...]:
        """Every reason why its condition does not hold now."""
        return unmet(promotion.condition, self.till, self.promotions.host_conditions)

    def attempt(self, promotion: Promotion) -> Cuts | tuple[Reason, ...]:
        """What a promotion would take now, or every reason why it takes nothing."""
        if promotion.condition is not ALWAYS and (reasons := self.unmet(promotion)):
            return reasons
        return self.cut(promotion)

    def cut(self, promotion: Promotion) -> Cuts | tuple[Reason, ...]:
        """The same, where its condition is known to hold."""
        cuts = cut(promotion, self.till, self.promotions.host_benefits)
        return cuts if isinstance(cuts, Cuts) else (cuts,)

    def takers(self, promotions: Iterable[Promotion]) -> Iterator[tuple[Promotion, Cuts]]:
        """Those that would take something now and are not too late, each asked when its turn comes."""
        for promotion in promotions:
            if self.stopped_by:
                self.refuse(promotion, (Stopped(by=self.stopped_by),))
                continue
            tried = self.attempt(promotion)
            if not isinstance(tried, Cuts):
                self.refuse(promotion, tried)
            elif promotion.group in self.of_group:
                self.beaten(promotion, tried, (self.of_group[promotion.group],))
            else:
                yield promotion, tried

    def apply(self, promotion: Promotion, cuts: Cuts) -> int:
        """Ring up what it takes; how much that is. What saves nothing now stands in nobody's way."""
        saved = self.till.take(cuts)
        self.became[promotion.id] = saved, cuts
        if saved and promotion.group:
            self.of_group[promotion.group] = promotion.id
        if saved and promotion.stop:
            self.stopped_by = promotion.id
        return saved

    def refuse(self, promotion: Promotion, reasons: tuple[Reason, ...]) -> None:
        """Write down why it does not apply."""
        self.became[promotion.id] = NotApplied(promotion.id, reasons)

    def exclude(self, others: Iterable[Promotion], by: str) -> None:
        """Refuse those that *by* does not suffer beside it, with what they would have saved as things stand."""
        for promotion in others:
            tried = self.attempt(promotion)
            if isinstance(tried, Cuts):
                self.refuse(promotion, (Excluded(by=by, would_have_saved=self.money(tried)),))
            else:
                self.refuse(promotion, tried)

    def beaten(self, promotion: Promotion, cuts: Cuts, by: Iterable[str]) -> None:
        """Refuse one that would have saved something, for others that save more."""
        self.refuse(promotion, (Beaten(by=tuple(sorted(by)), would_have_saved=self.money(cuts)),))

    def money(self, cuts: Cuts) -> Money:
        """What *cuts* save the customer."""
        return Money(self.till.value(cuts), self.till.basket.currency)

    def one_after_another(self, promotions: Iterable[Promotion]) -> int:
        """Each on what the ones before it have left; of a group only the first, and nothing after a stop."""
        return sum([self.apply(promotion, cuts) for promotion, cuts in self.takers(promotions)])

    def saved(self, promotion: Promotion) -> int:
        """What it took off the goods and the chosen delivery; nothing where it does not apply."""
        became = self.became[promotion.id]
        return 0 if isinstance(became, NotApplied) else became[0]

    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of every promotion, in their order."""
        return tuple(self._outcome(promotion.id) for promotion in self.promotions.promotions)

    def _outcome(self, promotion: str) -> Outcome:
        became, lines = self.became[promotion], self.till.lines
        if isinstance(became, NotApplied):
            return became
        saved, cuts = became
        return Applied(
            promotion,
            Money(saved, self.till.basket.currency),
            tuple((lines[index].line, amount) for index, amount in cuts.goods.items()),
            tuple(cuts.delivery.items()),
        )
