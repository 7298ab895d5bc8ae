"""Random histories through the verbs, each on a new pair of items, compared with the oracle."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from costing.adjust import adjust_costs
from costing.models import InventoryPostingSetup
from inventory.models import Item, Location
from ledger.models import ItemLedgerEntry, ItemState
from posting.movements import post_movements
from posting.reverse import reverse_register
from tests.costing.lines import Lines
from tests.costing.oracle_book import START, Entry, Refuse
from tests.costing.oracle_draw import Step, random_steps, random_world
from tests.costing.oracle_events import Event
from tests.costing.oracle_proposal import Proposals
from tests.costing.oracle_steps import Planner
from tests.factories import Company
from users.history import acting
from work.errors import Refused
from work.queue import drain

_ALONE = frozenset(
    {"revalue_entry", "revalue_remaining", "revalue_item", "set_standard", "unapply", "apply", "reapply"}
)
_DISPLACING = frozenset({"sale_of", "vendor_return", "transfer_of", "sale", "unmake"})
_SETTLED = frozenset({"revalue_entry", "revalue_remaining", "revalue_item", "set_standard"})
_JOURNALED = ("purchase", "positive", "sale", "negative", "transfer", "customer_return", "vendor_return")
_ENTRIES = """
    SELECT e.id, e.quantity, b.remaining_quantity, b.valuation_date, b.completely_invoiced, b.invoiced_quantity,
           coalesce(sum(v.cost_amount_actual + v.cost_amount_expected) FILTER (WHERE v.entry_type <> 'rounding'), 0),
           coalesce(sum(v.cost_amount_expected), 0),
           coalesce(sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'rounding' AND NOT v.sweep), 0),
           coalesce(sum(v.cost_amount_non_inventoriable), 0),
           coalesce(sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'direct' AND v.item_charge = ''), 0),
           coalesce(sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'indirect'), 0),
           coalesce(sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'variance' AND v.item_charge = ''), 0)
      FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id
      JOIN ledger_valueentry v ON v.item_ledger_entry_id = e.id
     WHERE e.item_id = ANY(%s) GROUP BY e.id, b.entry_id ORDER BY e.id
"""


@dataclass
class Told:
    """A history that was told: how many events were posted, how many refused, whether its last was reversed."""

    posted: int = 0
    refused: int = 0
    reversed: int = 0

    def __str__(self) -> str:
        return f"{self.posted} events posted, {self.refused} refused, {self.reversed} reversed"

    def with_more(self, other: "Told") -> "Told":
        return Told(self.posted + other.posted, self.refused + other.refused, self.reversed + other.reversed)


class History:
    """`steps` replaces those that the seed gives: to find out which of them matter.

    `restless` says how often costs are adjusted on the way: 0 never, 1 after every step.
    """

    def __init__(
        self, company: Company, seed: str, steps: Sequence[Step] | None = None, restless: float | None = None
    ) -> None:
        self.company, self.chance = company, random.Random(seed)
        self.world = random_world(self.chance)
        self.oracle = Proposals(self.world)
        self.planner = Planner(self.oracle, self.chance)
        drawn = random_steps(self.chance)
        self.steps = drawn if steps is None else steps
        drawn_restless = self.chance.choice((0.0, 0.3, 1.0))
        self.restless = drawn_restless if restless is None else restless
        company.change_setup(
            average_cost_period=self.world.period,
            average_cost_calculation="item_location_variant" if self.world.by_place else "item",
        )
        self.items = [self._item(number) for number in (0, 1)]
        self.lines = Lines(company, self.items, (company.east, company.west, transit_of(company)))
        self.ids: list[int] = []
        self.told, self.register, self.waiting, self.events = Told(), 0, [], []
        self.new: list[Entry] = []

    def _item(self, number: int) -> Item:
        world = self.world.items[number]
        return self.company.item(
            f"H{Item.objects.count()}", world.method, standard_cost=world.standard,
            indirect_cost_percent=world.percent, overhead_rate=world.rate, low_level_code=1 - number,
        )  # fmt: skip

    # ------------------------------------------------------------------ telling

    def tell(self, *, take_back: bool = True) -> Told:
        """Event by event, adjusting now and then; at the end the books say what the oracle says."""
        for step in self.steps:
            try:
                events = self.planner.plan(step)
            except LookupError:
                continue
            chance = random.Random(step.seed + 1)
            for event in events:
                self._happens(event, chance.random() < 0.5)
            if chance.random() < self.restless:
                self._settle()
        self._settle()
        self._nothing_is_left_to_do()
        if take_back and self.chance.random() < 0.4:
            self._take_back()
        return self.told

    def _happens(self, event: Event, at_once: bool) -> None:
        displaces = event.entry is not None and event.kind in _DISPLACING
        alone = event.kind in _ALONE or displaces
        if alone or at_once or self._names_what_waits(event):
            self._flush()
        if event.kind in _SETTLED:
            drain()
        if event.kind == "output":
            self._flush()
            event = replace(event, unit=ItemState.objects.get(pk=self.items[event.item].pk).unit_cost)
        self.events.append(event)
        known = len(self.oracle.entries)
        try:
            new = self.oracle.play(event)
        except Refuse as problem:
            self._flush()
            self._is_refused(event, str(problem))
            return
        self.new += new
        assert len(self.oracle.entries) == known + len(new)
        if event.kind in _ALONE:
            self.lines.do(event, self.ids)
            self.told.posted += 1
            return
        self.waiting += self.lines.of(event, self.ids)
        if alone:
            self._flush()

    def _names_what_waits(self, event: Event) -> bool:
        return any(number is not None and number >= len(self.ids) for number in (event.entry, event.other))

    def _flush(self) -> None:
        """Post what waits in one posting."""
        if not self.waiting:
            return
        answer = post_movements(self.waiting, posted_by=self.company.user)
        self.register = answer.register_id
        self._learn()
        self.told.posted += len(self.waiting)
        self.waiting = []

    def _learn(self) -> None:
        entries = ItemLedgerEntry.objects.filter(register=self.register).order_by("id").values_list("id", "quantity")
        assert [Fraction(quantity) for _, quantity in entries] == [entry.quantity for entry in self.new]
        self.ids += [entry for entry, _ in entries]
        self.new = []

    def _is_refused(self, event: Event, code: str) -> None:
        self.told.refused += 1
        try:
            if event.kind in _ALONE:
                self.lines.do(event, self.ids)
            else:
                post_movements(self.lines.of(event, self.ids), posted_by=self.company.user)
        except Refused as refused:
            codes = {problem.code for problem in refused.refusals}
            assert codes == {code}, (event, codes, code)
            return
        raise AssertionError(f"{event} was to be refused: {code}")

    def _settle(self) -> None:
        self._flush()
        drain()
        self.compare()

    # ------------------------------------------------------------------ comparing

    def books(self) -> list[tuple[Any, ...]]:
        """What the books say of each entry, in the order of posting; their numbers left out."""
        with connection.cursor() as cursor:
            cursor.execute(_ENTRIES, [[item.pk for item in self.items]])
            return [row[1:] for row in cursor.fetchall()]

    def is_promised(self) -> bool:
        """The order of adjusting must not matter (A3): no open issue, no cost of the card, no empty pool."""
        oracle = self.oracle
        if any(oracle.loose(item) for item in (0, 1)) or not all(order.finished for order in oracle.orders.values()):
            return False
        return not any(entry.left < 0 or entry.relinked for entry in oracle.entries)

    def compare(self) -> None:
        """Every entry: quantities, dates, what is invoiced, and, where it is promised (A3), every amount."""
        self.oracle.solve()
        with connection.cursor() as cursor:
            cursor.execute(_ENTRIES, [[item.pk for item in self.items]])
            found = cursor.fetchall()
        loose = [self.oracle.loose(item) for item in (0, 1)]
        differing = []
        for entry, row in zip(self.oracle.entries, found, strict=True):
            assert row[0] == self.ids[entry.number]
            for name, (wanted, got) in self._sides(entry, row[1:], loose[entry.item]).items():
                if wanted != got:
                    differing.append(f"entry {entry.number} {name}: {_plain(wanted)} expected, {_plain(got)} found")
        assert not differing, "\n".join(differing)
        self._empty_is_worthless()

    def _sides(self, entry: Entry, row: tuple[Any, ...], loose: bool) -> dict[str, tuple[Any, Any]]:
        oracle = self.oracle
        relinked = any(each.relinked for each in oracle.entries if each.item == entry.item)
        average_use = entry.kind == "consumption" and oracle.method(entry.item) == "average"
        sides = {
            "quantity": (entry.quantity, Fraction(row[0])),
            "remaining": (entry.left, Fraction(row[1])),
            "valuation date": (entry.valued, row[2]),
            "invoiced": (oracle.invoiced(entry), Fraction(row[4])),
            "non-inventoriable": (oracle.without_stock(entry), Fraction(row[8])),
        }
        if oracle.redated(entry):
            del sides["valuation date"]
        if not average_use and not relinked:
            sides["completely invoiced"] = (oracle.complete(entry), row[3])
        if loose:
            return sides
        sides["cost"] = (oracle.cost(entry), Fraction(row[5]))
        sides["expected"] = (oracle.expected(entry), Fraction(row[6]))
        if not average_use and not relinked:
            sides["rounding"] = (oracle.residual(entry), Fraction(row[7]))
        if entry.kind == "assembly_output" or (entry.kind == "output" and oracle.complete(entry)):
            made = oracle.made(entry)
            for number, name in enumerate(("direct", "indirect", "variance"), start=9):
                sides[name] = (getattr(made, name), Fraction(row[number]))
        return sides

    def _empty_is_worthless(self) -> None:
        """Nothing left, nothing open, all invoiced: no worth (L13)."""
        for number, item in enumerate(self.items):
            mine = [entry for entry in self.oracle.entries if entry.item == number]
            if any(entry.left for entry in mine) or not all(self.oracle.complete(entry) for entry in mine):
                continue
            state = ItemState.objects.get(pk=item.pk)
            assert (state.quantity, state.cost_amount_actual) == (0, 0), f"item {number}"

    def _nothing_is_left_to_do(self) -> None:
        """Asked again, the adjuster finds nothing (L14)."""
        if not self.register:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)"
                " SELECT %s, unnest(%s), %s, now(), ''",
                [self.register, [item.pk for item in self.items], START],
            )
        assert adjust_costs().value_entries == 0

    # ------------------------------------------------------------------ taking back

    def _take_back(self) -> None:
        """One more posting, through a journal, and its reversal: each entry and its mirror are worth nothing."""
        step = Step(self.chance.choice(list(_JOURNALED)), self.chance.randrange(2**32))
        try:
            event = replace(self.planner.plan(step)[0], ship_only=False)
            self.oracle.play(event)
        except (LookupError, Refuse):
            return
        if any(each.relinked for each in self.oracle.entries) or self.oracle.loose(event.item):
            return
        state = ItemState.objects.get(pk=self.items[event.item].pk)
        register = self.company.post(self.lines.journal_line(event, self.ids)).register_id
        drain()
        try:
            reverse_register(register, posted_by=self.company.user)
        except Refused as refused:
            assert {problem.code for problem in refused.refusals} == {"already_applied"}, refused
            return
        drain()
        self.told.reversed += 1
        assert ItemState.objects.get(pk=state.pk).quantity == state.quantity
        assert 0 in _left_of(register), f"{_left_of(register)} is left of a register that was reversed"


def _left_of(register: int) -> tuple[Decimal, Decimal]:
    """What its entries and their mirror images are worth together, with and without rounding."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(v.cost_amount_actual), 0),"
            " coalesce(sum(v.cost_amount_actual) FILTER (WHERE v.entry_type <> 'rounding'), 0)"
            " FROM ledger_valueentry v JOIN ledger_itemledgerentry e ON e.id = v.item_ledger_entry_id"
            " WHERE NOT v.sweep AND (e.register_id = %s OR e.register_id IN"
            " (SELECT id FROM ledger_itemregister WHERE reverses_id = %s))",
            [register, register],
        )
        row: tuple[Decimal, Decimal] = cursor.fetchone()
    return row


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


def transit_of(company: Company) -> Location:
    """Where goods are on their way; made when it is first asked for, with the accounts of the western place."""
    found = Location.objects.filter(code="ZTRANSIT").first()
    if found is None:
        with acting(company.user, "test"):
            found = Location.objects.create(code="ZTRANSIT", in_transit=True)
            setup = InventoryPostingSetup.objects.get(location=company.west)
            setup.pk, setup.location = None, found
            setup._state.adding = True
            setup.save()
    return found
