"""The steps of the application worksheet, and applications as they stand today."""

from typing import Any

from django.db.models import Q, QuerySet

from ledger.models import ItemApplicationEntry, ItemLedgerEntry, ValuationChange, ValueEntry
from posting.reapply import apply, reapply_open, unapply
from tests.golden.world import World
from work.errors import Refused

APPLIED = ("unapply", "apply", "reapply_open")


class Applications:
    """Played by the player, whose world and entries these steps use."""

    world: World
    entries: dict[str, int]

    def _unapply(self, step: dict[str, Any]) -> None:
        self._applied(step, unapply, self.entries[step["inbound"]], self.entries[step["outbound"]])

    def _apply(self, step: dict[str, Any]) -> None:
        self._applied(step, apply, self.entries[step["entry"]], self.entries.get(step.get("with") or ""))

    def _reapply_open(self, step: dict[str, Any]) -> None:
        self._applied(step, reapply_open, [item.pk for item in self.world.items.values()])

    def _applied(self, step: dict[str, Any], verb: Any, *arguments: Any) -> None:
        try:
            verb(*arguments, by=self.world.user)
        except Refused as refused:
            assert step.get("error") in {problem.code for problem in refused.refusals}, refused
            return
        assert "error" not in step, f"{step} was to be refused"
        self._work()

    def _work(self) -> None:
        raise NotImplementedError


def holding() -> QuerySet[ItemApplicationEntry]:
    """Rows that take nothing back and that nothing takes back."""
    return ItemApplicationEntry.objects.filter(reverses=None, reversed_by=None)


def names(entry: ItemLedgerEntry) -> int | None:
    """The entry that a fixed application links an entry to; as posted where nothing was changed by hand.

    What an entry named when it was posted may have been taken back, and another be fixed to it (decision 6).
    """
    links = holding().filter(Q(inbound_entry=entry) | Q(outbound_entry=entry), fixed=True)
    linked = {*links.values_list("inbound_entry", flat=True), *links.values_list("outbound_entry", flat=True)}
    if entry.applies_to_entry_id in linked:
        return entry.applies_to_entry_id
    by_hand = links.filter(register__source_code="application")
    own = by_hand.filter(item_ledger_entry=entry, outbound_entry=entry).order_by("id").first()
    return None if own is None else own.inbound_entry_id


def averaged(value: ValueEntry) -> bool:
    """Whether a value entry is valued by average today."""
    change = ValuationChange.objects.filter(value_entry=value).order_by("-id").first()
    return value.valued_by_average_cost if change is None else change.valued_by_average_cost
