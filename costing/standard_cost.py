"""Calculate standard costs from bills of materials, and make them valid (costing-methods.md §8, revaluation §7).

Calculating only proposes. Implementing writes the items; stock on hand keeps the standard it is carried at until it
is revalued, so the answer names the items whose stock is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from costing.rollup import CostedItem, CostedResource, Materials, RolledUp, Shares, TooDeep, detailed, roll_up
from inventory.boms import lines_below, too_deep
from inventory.choices import CostingMethod, ItemType
from inventory.models import Item, Resource
from inventory.models.item import ROLLED_UP, SHARE_FIELDS, SINGLE_LEVEL
from inventory.numbers import plain, round_to
from inventory.setup import lock_setup, read_setup
from inventory.structure import Line
from users.history import acting
from work.errors import Refusal, Refused


@dataclass(frozen=True, slots=True)
class StandardCost:
    """What an item's standard cost is and would be, with the shares it would be made of."""

    item_id: int
    item: str
    description: str
    old_cost: Decimal
    standard_cost: Decimal
    single_level: Shares
    rolled_up: Shares
    low_level_code: int = 0
    is_standard: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """Standard costs, what lies lowest first; `notes` say what was taken otherwise than one might expect."""

    costs: Sequence[StandardCost]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CarriedStock:
    """Stock that is carried at another standard: its value, and what it would be at the new one."""

    item_id: int
    item: str
    quantity: Decimal
    value: Decimal
    value_at_standard: Decimal


@dataclass(frozen=True, slots=True)
class Implemented:
    """The items that were written, and those whose stock is to be revalued."""

    items: Sequence[str]
    to_revalue: Sequence[CarriedStock] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Instead:
    """Costs to calculate with for those on the cards, by the id of the item or resource."""

    items: Mapping[int, Decimal] = field(default_factory=dict)
    resources: Mapping[int, CostedResource] = field(default_factory=dict)


NOTHING_ELSE = Instead()


@dataclass(slots=True)
class _Cards:
    """Items and resources below what is asked for, as they are now."""

    items: dict[int, Item]
    materials: Materials


def calculate_standard_costs(
    numbers: Iterable[str], *, multilevel: bool, production: bool = False, instead: Instead = NOTHING_ELSE
) -> Proposal:
    """Propose standard costs of these items; with `multilevel` of every sub-assembly below them too. Writes nothing.

    `instead` gives costs to be taken for those on the cards.
    Raises `Refused`: not_found, not_standard, no_bom, bom_too_deep, each with its place in `numbers` as line, from 1.
    Five statements, whatever the number of items.
    """
    asked = [number.strip().upper() for number in numbers]
    found = {item.number: item for item in Item.objects.filter(number__in=asked)}
    lines = lines_below(item.pk for item in found.values())
    _refuse_unfit(asked, found, lines)
    cards = _read_cards(found.values(), lines, instead)
    wanted = [found[number].pk for number in asked]
    precision = read_setup().unit_cost_rounding
    try:
        costs = roll_up(wanted, cards.materials, multilevel=multilevel, production=production, precision=precision)
    except TooDeep as problem:
        raise Refused([too_deep(cards.items[problem.item_id].number)]) from None
    proposed = [_proposed(cards.items[item_id], rolled) for item_id, rolled in costs.items()]
    proposed.sort(key=lambda each: (-each.low_level_code, each.item))
    return Proposal(proposed, _notes(cards, costs, lines))


def _refuse_unfit(asked: Sequence[str], found: Mapping[str, Item], lines: Mapping[int, Sequence[Line]]) -> None:
    """Only standard items are calculated, and only from lines (assembly.md §2)."""
    problems = []
    for place, number in enumerate(asked, 1):
        item = found.get(number)
        if item is None:
            words = f"There is no item {number or '(blank)'}. Look its number up."
            problems.append(Refusal(words, code="not_found", line=place, field="items", item=number))
        elif item.costing_method != CostingMethod.STANDARD:
            problems.append(_not_standard(item, place))
        elif item.pk not in lines:
            words = f"Item {number} has no bill of materials to calculate from. Give it one, or type its standard cost."
            problems.append(Refusal(words, code="no_bom", line=place, field="items", item=number))
    if problems:
        raise Refused(problems)


def _not_standard(item: Item, place: int) -> Refusal:
    words = (
        f"Item {item.number} is costed by {item.get_costing_method_display()}, so a standard cost would value nothing."
        " Choose items of costing method Standard."
    )
    return Refusal(words, code="not_standard", line=place, field="items", item=item.number)


def _read_cards(wanted: Iterable[Item], lines: Mapping[int, Sequence[Line]], instead: Instead) -> _Cards:
    """Two statements: all items and all resources that occur."""
    every = [line for of_parent in lines.values() for line in of_parent]
    ids = {item.pk for item in wanted} | {line.component_id for line in every if line.component_id}
    items = {item.pk: item for item in Item.objects.filter(pk__in=ids).select_related("state")}
    resources = {
        pk: CostedResource(direct, unit)
        for pk, direct, unit in Resource.objects.filter(
            pk__in={line.resource_id for line in every if line.resource_id}
        ).values_list("pk", "direct_unit_cost", "unit_cost")
    }
    costed = {pk: _card(item, instead.items.get(pk)) for pk, item in items.items()}
    return _Cards(items, Materials(costed, {**resources, **instead.resources}, lines))


def _card(item: Item, instead: Decimal | None) -> CostedItem:
    current = item.standard_cost if item.costing_method == CostingMethod.STANDARD else item.state.unit_cost
    return CostedItem(
        cost=current if instead is None else instead,
        is_stocked=item.type == ItemType.INVENTORY,
        indirect_cost_percent=item.indirect_cost_percent,
        overhead_rate=item.overhead_rate,
        scrap_percent=item.scrap_percent,
        rolled_up=Shares(*(getattr(item, name) for name in ROLLED_UP)),
    )


def _proposed(item: Item, rolled: RolledUp) -> StandardCost:
    return StandardCost(
        item.pk, item.number, item.description, item.standard_cost, rolled.standard_cost, rolled.single_level,
        rolled.rolled_up, item.low_level_code, item.costing_method == CostingMethod.STANDARD,
    )  # fmt: skip


def _notes(cards: _Cards, costs: Mapping[int, RolledUp], lines: Mapping[int, Sequence[Line]]) -> list[str]:
    """Components whose cost may surprise: those that cost nothing, are not stocked, or are made but not standard."""
    used = {line.component_id for parent in costs for line in lines[parent] if line.component_id}
    notes = []
    for item in sorted((cards.items[pk] for pk in used), key=lambda item: item.number):
        if item.type != ItemType.INVENTORY:
            notes.append(f"Item {item.number} is not kept in stock, so its cost is left out.")
        elif item.pk in costs and item.costing_method != CostingMethod.STANDARD:
            method = item.get_costing_method_display()
            notes.append(f"Item {item.number} is costed by {method}; its cost was calculated, but is not written.")
        elif item.pk not in costs and not cards.materials.items[item.pk].cost:
            notes.append(f"Item {item.number} has no cost yet, so it adds nothing.")
    return notes


def shares_of(item: Item) -> Shares:
    """What a unit of the item's standard cost is made of; without detailed shares all of it is material."""
    return detailed(Shares(*(getattr(item, name) for name in SINGLE_LEVEL)), item.standard_cost)


def implement_standard_costs(
    costs: Iterable[StandardCost],
    *,
    user: Any,
    reason: str = "standard costs implemented",
    from_date: date | None = None,
    only: Collection[str] | None = None,
) -> Implemented:
    """Write standard costs and shares on items of costing method Standard, `only` those numbers where some are given.

    The version history says from which date they hold, today where none is given. Raises `Refused` with all that is
    wrong, each with its place among the costs as line: not_found, not_standard, standard_cost_changed (somebody wrote
    another standard since it was calculated), negative_not_allowed, shares_do_not_add_up, not_calculated. Locks: the
    setup, so that nobody posts by the old standard meanwhile and the answer is complete; the items, by id.
    """
    chosen = [each for each in costs if only is None or each.item in {number.strip().upper() for number in only}]
    with acting(user, reason):
        lock_setup()
        items = {
            item.pk: item
            for item in Item.objects.select_for_update(no_key=True)
            .filter(pk__in=[each.item_id for each in chosen]).order_by("pk")
        }  # fmt: skip
        problems = [p for place, each in enumerate(chosen, 1) for p in _unfit(each, items.get(each.item_id), place)]
        problems += _not_among(chosen, only)
        if problems:
            raise Refused(problems)
        _write(chosen, from_date or timezone.localdate())
        return Implemented(sorted(each.item for each in chosen), stock_at_other_standard(items))


def calculate_and_implement(
    numbers: Iterable[str],
    *,
    multilevel: bool,
    production: bool = False,
    expected: Mapping[str, Decimal] | None = None,
    only: Collection[str] | None = None,
    from_date: date | None = None,
    user: Any,
    reason: str,
) -> Implemented:
    """Calculate and write in one transaction: the items and, of what lies below them, those of method Standard.

    `expected` is what somebody saw proposed, by item number. Raises `Refused` as the two verbs do, and
    standard_cost_changed where another cost comes out by now.
    """
    with acting(user, reason):
        lock_setup()
        proposal = calculate_standard_costs(numbers, multilevel=multilevel, production=production)
        found = {each.item: each.standard_cost for each in proposal.costs}
        seen = {number.strip().upper(): cost for number, cost in (expected or {}).items()}
        problems = [
            comes_out_otherwise(number, found.get(number), cost)
            for number, cost in seen.items()
            if found.get(number) != cost
        ]
        if problems:
            raise Refused(problems)
        costs = [each for each in proposal.costs if each.is_standard]
        return implement_standard_costs(costs, user=user, reason=reason, from_date=from_date, only=only)


def comes_out_otherwise(number: str, now: Decimal | None, was: Decimal) -> Refusal:
    """What is said where a calculation does not give what somebody saw."""
    comes_out = "is not calculated any more" if now is None else f"comes out as {plain(now)} by now"
    words = f"The standard cost of item {number} was proposed as {plain(was)} and {comes_out}. Calculate again."
    current = "" if now is None else plain(now)
    code = "standard_cost_changed"
    return Refusal(words, code=code, field="calculated", item=number, proposed=plain(was), now=current)


def _unfit(cost: StandardCost, item: Item | None, place: int) -> Iterable[Refusal]:
    if item is None:
        words = f"Item {cost.item} is not there any more. Calculate again."
        yield Refusal(words, code="not_found", line=place, item=cost.item)
        return
    if item.costing_method != CostingMethod.STANDARD:
        yield _not_standard(item, place)
    if item.standard_cost != cost.old_cost:
        words = (
            f"The standard cost of item {item.number} was changed to {plain(item.standard_cost)} since this was"
            " calculated. Calculate again."
        )
        yield Refusal(words, code="standard_cost_changed", line=place, item=item.number, now=plain(item.standard_cost))
    if min(cost.standard_cost, *cost.single_level, *cost.rolled_up) < 0:
        words = f"A cost of item {item.number} is below zero. Correct it."
        yield Refusal(words, code="negative_not_allowed", line=place, item=item.number)
    if {cost.single_level.total, cost.rolled_up.total} != {cost.standard_cost}:
        words = f"The shares of item {item.number} do not add up to its standard cost. Calculate again."
        yield Refusal(words, code="shares_do_not_add_up", line=place, item=item.number)


def _not_among(chosen: Sequence[StandardCost], only: Collection[str] | None) -> Iterable[Refusal]:
    there = {each.item for each in chosen}
    for number in only or ():
        if number.strip().upper() not in there:
            words = f"No standard cost was calculated for item {number}. Calculate it first, or leave it out."
            yield Refusal(words, code="not_calculated", field="only", item=number)


def _write(costs: Sequence[StandardCost], from_date: date) -> None:
    """One statement; the database keeps a version of each item whose cost or shares change."""
    columns = [
        [each.item_id for each in costs],
        *zip(*((each.standard_cost, *each.single_level, *each.rolled_up) for each in costs), strict=True),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('stockledger.standard_from', %s, true)", [from_date.isoformat()])
        if costs:
            cursor.execute(_UPDATE, [list(column) for column in columns])
        cursor.execute("SELECT set_config('stockledger.standard_from', '', true)")


def stock_at_other_standard(item_ids: Iterable[int]) -> list[CarriedStock]:
    """Stock of these standard items whose value is not quantity by standard; two statements.

    What rounding left on each open entry, at most half a cent, is no difference.
    """
    amount = read_setup().amount_rounding
    with connection.cursor() as cursor:
        cursor.execute(_CARRIED, [sorted(item_ids)])
        rows = cursor.fetchall()
    found = []
    for item_id, number, quantity, value, standard, entries in rows:
        at_standard = round_to(quantity * standard, amount)
        if abs(value - at_standard) > amount * (entries + 1) / 2:
            found.append(CarriedStock(item_id, number, quantity, value, at_standard))
    return found


_FIELDS = ("standard_cost", *SHARE_FIELDS)
_UPDATE = f"""
    UPDATE inventory_item i SET ({", ".join(_FIELDS)}) = ROW ({", ".join(f"n.{name}" for name in _FIELDS)})
      FROM unnest(%s::bigint[]{", %s::numeric[]" * len(_FIELDS)}) AS n (id, {", ".join(_FIELDS)}) WHERE i.id = n.id
"""
_CARRIED = """
    SELECT s.item_id, i.number, s.quantity, s.cost_amount_actual + s.cost_amount_expected, i.standard_cost,
           (SELECT count(*) FROM ledger_entrybalance b WHERE b.item_id = s.item_id AND b.remaining_quantity <> 0)
      FROM ledger_itemstate s JOIN inventory_item i ON i.id = s.item_id
     WHERE s.item_id = ANY(%s::bigint[]) AND s.quantity <> 0 AND i.costing_method = 'standard'
     ORDER BY i.number
"""
