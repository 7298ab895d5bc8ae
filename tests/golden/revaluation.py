"""The step `revalue` and the expectation `revaluation_proposal` (costing-clarifications.md C6)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from costing.revaluation import NewWorth
from posting.revaluation_lines import Mode, RevaluationLine
from posting.revalue import Proposal, post_revaluations, propose_revaluation
from tests.golden.world import World
from work.errors import Refused

MODES = {"entry_full": Mode.ENTRY, "entry_remaining": Mode.REMAINING, "item": Mode.ITEM}


class Revaluations:
    """Part of the player: revalues as the revaluation journal would."""

    world: World
    entries: dict[str, int]
    count: int
    proposal: Proposal
    _work: Callable[[], None]

    def _revalue(self, step: dict[str, Any]) -> None:
        self.count += 1
        given = {name: Decimal(step[name]) for name in ("new_unit_cost", "new_value", "delta") if name in step}
        worth = NewWorth(given.get("new_unit_cost"), given.get("new_value"), given.get("delta"))
        line = RevaluationLine(
            key=self.count, mode=MODES[step["mode"]], document_number=f"R{self.count}", worth=worth,
            posting_date=date.fromisoformat(step["date"]) if step.get("date") else None,
            update_standard_cost=step.get("update_standard_cost", False), **self._named(step),
        )  # fmt: skip
        if line.mode == Mode.ITEM and "error" not in step:
            assert line.item_id is not None
            assert line.posting_date is not None
            self.proposal = propose_revaluation(
                line.item_id, posting_date=line.posting_date, location_id=line.location_id, variant_id=line.variant_id
            )
        try:
            post_revaluations([line], by=self.world.user)
        except Refused as refused:
            assert step.get("error") in {problem.code for problem in refused.refusals}, refused
            return
        assert "error" not in step, f"{step} was to be refused"
        self._work()

    def _named(self, step: dict[str, Any]) -> dict[str, Any]:
        if step["mode"] != "item":
            return {"entry": self.entries[step["entry"]]}
        item = self.world.item(step["item"])
        variant = self.world.variant(item, step.get("variant", ""))
        return {
            "item_id": item.pk,
            "location_id": self.world.location(step["location"]).pk if "location" in step else None,
            "variant_id": variant.pk if variant else None,
        }

    def _see_revaluation_proposal(self, wanted: dict[str, str], _: Any) -> None:
        found = {"qty": self.proposal.quantity, "calculated": self.proposal.calculated}
        for name, value in wanted.items():
            assert found[name] == Decimal(value), f"proposed {name} is {found[name]}, expected {value}"
