"""The steps of golden examples that post nothing: they calculate, and say what must come out."""

from decimal import Decimal
from typing import Any

from costing.charges import Method, Target, distribute
from costing.standard_cost import calculate_standard_costs
from tests.golden.world import World

SHARE_NAMES = {
    "material": "material", "capacity": "capacity", "subcontracted": "subcontracted",
    "cap_overhead": "capacity_overhead", "capacity_overhead": "capacity_overhead",
    "mfg_overhead": "manufacturing_overhead", "manufacturing_overhead": "manufacturing_overhead",
}  # fmt: skip


class Calculations:
    """Mixed into the player of an example."""

    world: World

    def _calculate_standard_cost(self, step: dict[str, Any]) -> None:
        self._standard_cost(step, multilevel=step.get("multilevel", True), production=False)

    def _calculate_production_standard_cost(self, step: dict[str, Any]) -> None:
        self._standard_cost(step, multilevel=step.get("multilevel", True), production=True)

    def _standard_cost(self, step: dict[str, Any], *, multilevel: bool, production: bool) -> None:
        item = self.world.item(step["item"])
        proposal = calculate_standard_costs([item.number], multilevel=multilevel, production=production)
        found = next(each for each in proposal.costs if each.item_id == item.pk)
        values = {"standard_cost": found.standard_cost}
        for short, name in SHARE_NAMES.items():
            values[f"single_level_{short}"] = getattr(found.single_level, name)
            values[f"rolled_up_{short}"] = getattr(found.rolled_up, name)
        for name, wanted in step["expected"].items():
            assert values[name] == Decimal(wanted), f"{name} of {step['item']} is {values[name]}, expected {wanted}"

    def _distribute_charge(self, step: dict[str, Any]) -> None:
        targets = [
            Target(*(Decimal(line.get(name, "0")) for name in ("amount", "weight", "volume"))) for line in step["lines"]
        ]
        found = distribute(Decimal(step["amount"]), targets, Method(step["method"]))
        assert found == [Decimal(share) for share in step["expected"]]
