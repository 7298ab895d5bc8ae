"""Try standard costs before they are valid: suggest by a factor, roll up, implement (revaluation file §7)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from costing.models import StandardCostWorksheet
from costing.rollup import CostedResource, Shares
from costing.standard_cost import (
    Implemented,
    Instead,
    StandardCost,
    calculate_standard_costs,
    comes_out_otherwise,
    implement_standard_costs,
)
from inventory.choices import CostingMethod
from inventory.models import Item, Resource
from inventory.numbers import UNIT_COST, round_to
from inventory.setup import lock_setup
from users.history import acting
from work.errors import Refusal, Refused

Source = StandardCostWorksheet.Source
ONE = Decimal(1)


@transaction.atomic
def suggest_item_costs(
    name: str, numbers: Collection[str], *, factor: Decimal = ONE, rounding: Decimal = UNIT_COST
) -> int:
    """Put items of costing method Standard on the worksheet with their standard cost by a factor, rounded.

    Answers how many lines were written; what stood there for these items is replaced. Raises `Refused`.
    """
    _check(factor, rounding)
    items = {item.number: item for item in Item.objects.filter(number__in=_upper(numbers))}
    _refuse_missing(numbers, items, "item")
    problems = [
        Refusal(
            f"Item {item.number} is not of costing method Standard, so it has no standard cost. Leave it out.",
            code="not_standard", field="items", item=item.number,
        )
        for item in items.values() if item.costing_method != CostingMethod.STANDARD
    ]  # fmt: skip
    if problems:
        raise Refused(problems)
    return _put(
        StandardCostWorksheet(
            name=name, item=item, old_cost=item.standard_cost, new_cost=round_to(item.standard_cost * factor, rounding)
        )
        for item in items.values()
    )


@transaction.atomic
def suggest_resource_costs(
    name: str, numbers: Collection[str], *, factor: Decimal = ONE, rounding: Decimal = UNIT_COST
) -> int:
    """The same for the direct and the unit cost of resources."""
    _check(factor, rounding)
    resources = {each.number: each for each in Resource.objects.filter(number__in=_upper(numbers))}
    _refuse_missing(numbers, resources, "resource")
    return _put(
        StandardCostWorksheet(
            name=name, resource=each, old_cost=each.unit_cost, new_cost=round_to(each.unit_cost * factor, rounding),
            new_direct_cost=round_to(each.direct_unit_cost * factor, rounding),
        )
        for each in resources.values()
    )  # fmt: skip


@transaction.atomic
def roll_up_costs(name: str, numbers: Collection[str], *, production: bool = False) -> int:
    """Calculate these items and all sub-assemblies below them from what the worksheet says, else from the cards.

    Results of standard items become lines, in place of what stood there. Raises what calculating raises.
    """
    lines = _lines(name)
    source = Source.PRODUCTION if production else Source.ASSEMBLY
    proposal = calculate_standard_costs(numbers, multilevel=True, production=production, instead=_instead(lines))
    return _put(
        StandardCostWorksheet(
            name=name, item_id=each.item_id, source=source, old_cost=each.old_cost, new_cost=each.standard_cost
        )
        for each in proposal.costs if each.is_standard
    )  # fmt: skip


def implement_worksheet(
    name: str, *, user: Any, from_date: date | None = None, only: Collection[str] | None = None
) -> Implemented:
    """Make the worksheet valid, or `only` these items and all its resources, and take those lines off it.

    Rolled-up costs are calculated once more for their shares: standard_cost_changed where another comes out by now.
    Raises `Refused` with all that is wrong; then nothing was written. Locks: setup, items, resources.
    """
    reason = f"standard cost worksheet {name}"
    with acting(user, reason):
        lock_setup()
        lines = _lines(name)
        chosen = [
            line for line in lines if line.item is not None and (only is None or line.item.number in _upper(only))
        ]
        costs = [_typed(line) for line in chosen if line.source == Source.SUGGESTED]
        for source in (Source.ASSEMBLY, Source.PRODUCTION):
            costs += _rolled_up([line for line in chosen if line.source == source], lines, source)
        done = implement_standard_costs(costs, user=user, reason=reason, from_date=from_date, only=only)
        resources = [line for line in lines if line.resource is not None]
        _write_resources(resources)
        StandardCostWorksheet.objects.filter(pk__in=[line.pk for line in [*chosen, *resources]]).delete()
        return done


def _typed(line: StandardCostWorksheet) -> StandardCost:
    """A suggested cost says nothing of its shares, so all of it is material."""
    assert line.item is not None
    shares = Shares(material=line.new_cost)
    return StandardCost(
        line.item.pk, line.item.number, line.item.description, line.old_cost, line.new_cost, shares, shares
    )


def _rolled_up(
    chosen: Sequence[StandardCostWorksheet], lines: Sequence[StandardCostWorksheet], source: str
) -> list[StandardCost]:
    """The chosen items calculated again; what comes out is what stands on the worksheet, or it is refused."""
    seen = {line.item.number: line for line in chosen if line.item is not None}
    if not seen:
        return []
    proposal = calculate_standard_costs(
        seen, multilevel=True, production=source == Source.PRODUCTION, instead=_instead(lines)
    )
    found = {each.item: each for each in proposal.costs if each.item in seen}
    problems = [
        comes_out_otherwise(number, found[number].standard_cost, line.new_cost)
        for number, line in seen.items() if found[number].standard_cost != line.new_cost
    ]  # fmt: skip
    if problems:
        raise Refused(problems)
    return list(found.values())


def _lines(name: str) -> list[StandardCostWorksheet]:
    return list(
        StandardCostWorksheet.objects.filter(name=name).select_related("item", "resource")
        .order_by("pk").select_for_update(of=("self",))
    )  # fmt: skip


def _instead(lines: Iterable[StandardCostWorksheet]) -> Instead:
    every = list(lines)
    return Instead(
        {line.item_id: line.new_cost for line in every if line.item_id is not None},
        {
            line.resource_id: CostedResource(line.new_direct_cost, line.new_cost)
            for line in every if line.resource_id is not None
        },
    )  # fmt: skip


def _write_resources(lines: Sequence[StandardCostWorksheet]) -> None:
    """One statement; the percentage follows from the two costs."""
    changed = []
    for line in lines:
        assert line.resource is not None
        resource = line.resource
        resource.direct_unit_cost, resource.unit_cost = line.new_direct_cost, line.new_cost
        if line.new_direct_cost:
            resource.indirect_cost_percent = round_to((line.new_cost / line.new_direct_cost - 1) * 100, UNIT_COST)
        changed.append(resource)
    Resource.objects.bulk_update(changed, ["direct_unit_cost", "unit_cost", "indirect_cost_percent"])


def _put(lines: Iterable[StandardCostWorksheet]) -> int:
    """Write lines in place of what stands there for the same item or resource."""
    rows = list(lines)
    for key in ("item_id", "resource_id"):
        ids = [getattr(row, key) for row in rows if getattr(row, key)]
        StandardCostWorksheet.objects.filter(name__in={row.name for row in rows}, **{f"{key}__in": ids}).delete()
    return len(StandardCostWorksheet.objects.bulk_create(rows))


def _check(factor: Decimal, rounding: Decimal) -> None:
    if factor < 0 or rounding <= 0:
        words = "The factor must be zero or more, and the rounding precision more than zero. Correct them."
        raise Refused([Refusal(words, code="negative_not_allowed", field="factor" if factor < 0 else "rounding")])


def _refuse_missing(numbers: Iterable[str], found: Mapping[str, Any], kind: str) -> None:
    missing = [number for number in _upper(numbers) if number not in found]
    if missing:
        words = "There is no {} {}. Look its number up."
        raise Refused(
            [Refusal(words.format(kind, number or "(blank)"), code="not_found", field=f"{kind}s") for number in missing]
        )


def _upper(numbers: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(number.strip().upper() for number in numbers))
