"""Random histories through the verbs, each on a new item, compared with the oracle."""

import contextlib
import random
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from costing.adjust import adjust_costs
from inventory.models import Item
from ledger.models import ItemLedgerEntry, ItemState
from posting.models import ItemJournalLine
from posting.reverse import reverse_register
from tests.costing.oracle import START, Oracle, Refuse, Row, Step, random_steps, random_world
from tests.factories import Company
from work.errors import Refused
from work.queue import drain

_TOO_LITTLE = "insufficient_remaining_quantity"
_COSTS = """
    SELECT e.id, e.quantity, b.remaining_quantity, b.valuation_date,
           sum(v.cost_amount_actual) FILTER (WHERE v.entry_type <> 'rounding'),
           coalesce(sum(v.cost_amount_actual) FILTER (WHERE v.entry_type = 'rounding' AND NOT v.sweep), 0)
      FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id
      JOIN ledger_valueentry v ON v.item_ledger_entry_id = e.id
     WHERE e.item_id = %s GROUP BY e.id, b.entry_id ORDER BY e.id
"""


@dataclass
class Told:
    """A history that was told: how many steps were posted and how many refused."""

    posted: int = 0
    refused: int = 0
    reversed: int = 0


class History:
    def __init__(self, company: Company, seed: str) -> None:
        self.company, self.chance = company, random.Random(seed)
        self.world = random_world(self.chance)
        self.steps = random_steps(self.chance)
        self.oracle = Oracle(self.world)
        self.item: Item = company.item(
            f"H{Item.objects.count()}", self.world.method, standard_cost=self.world.standard,
            indirect_cost_percent=self.world.overhead_percent,
        )  # fmt: skip
        self.ids: dict[Row, int] = {}
        self.told = Told()
        self.register: int | None = None
        self.pending: list[ItemJournalLine] = []
        self.known = 0
        company.change_setup(
            average_cost_period=self.world.period,
            average_cost_calculation="item_location_variant" if self.world.by_place else "item",
        )

    def tell(self) -> Told:
        """Post step by step, adjusting now and then; at the end the books say what the oracle says."""
        for step in self.steps:
            if self.chance.random() < 0.6 or self._waits_for_an_entry(step):
                self._flush()
            self._step(step)
            if self.chance.random() < 0.3:
                self._flush()
                drain()
        self._flush()
        drain()
        self.compare()
        self.settled()
        self.take_back()
        return self.told

    def _step(self, step: Step) -> None:
        try:
            step = self.oracle.plan(step)
            line = self._line(step)
            self.oracle.play(step)
        except LookupError:
            return
        except Refuse as problem:
            self.told.refused += 1
            self._flush()
            try:
                self.company.post(line)
            except Refused as refused:
                codes = {each.code.replace("fixed_application_prevents", _TOO_LITTLE) for each in refused.refusals}
                assert codes == {str(problem)}, refused
                line.delete()
                return
            raise AssertionError(f"{step} was to be refused: {problem}") from problem
        if self.pending and self.pending[0].batch_id != line.batch_id:
            self._flush(but=len(self.oracle.rows) - self.known)
        self.pending.append(line)
        self.known = len(self.oracle.rows)

    def _waits_for_an_entry(self, step: Step) -> bool:
        """The step names an entry that is not posted yet."""
        if step.kind not in ("fixed_sale", "vendor_return", "customer_return"):
            return False
        with contextlib.suppress(LookupError):
            return self.oracle.named(step) not in self.ids
        return False

    def _flush(self, but: int = 0) -> None:
        """Post the lines that wait, in one posting; the last rows of the oracle may belong to a later one."""
        if not self.pending:
            return
        answer = self.company.post(*self.pending)
        self.register = answer.register_id
        entries = ItemLedgerEntry.objects.filter(register=answer.register_id).order_by("id")
        rows = self.oracle.rows[len(self.ids) : len(self.oracle.rows) - but]
        self.ids |= dict(zip(rows, (entry.pk for entry in entries), strict=True))
        self.told.posted += len(self.pending)
        self.pending = []

    def _line(self, step: Step) -> ItemJournalLine:
        east, west = self.company.east, self.company.west
        places = (east, west)
        values: dict[str, object] = {
            "posting_date": START + timedelta(days=step.day), "location": places[step.place], "quantity": step.quantity,
            "serial_number": step.serial,
        }  # fmt: skip
        named = None
        if step.kind in ("fixed_sale", "vendor_return", "customer_return"):
            named = self.oracle.named(step)
            values["location"] = places[named.place]
        match step.kind:
            case "purchase":
                values |= {"unit_amount": step.cost}
            case "positive":
                values |= {"unit_cost": step.cost}
            case "transfer":
                values |= {"new_location": places[1 - step.place]}
            case "vendor_return":
                values |= {"quantity": -step.quantity, "unit_amount": step.cost, "applies_to_entry": self.ids[named]}
            case "customer_return":
                values |= {"quantity": -step.quantity, "applies_from_entry": self.ids[named]}
            case "fixed_sale":
                values |= {"unit_cost": step.cost, "applies_to_entry": self.ids[named]}
            case "sale":
                values |= {"unit_cost": step.cost, "amount": step.cost * 2}
        return self.company.line(_TYPES[step.kind], self.item, values.pop("quantity"), **values)

    def compare(self) -> None:
        expected = self.oracle.solve()
        loose = self.world.method == "average" and (not self.oracle.free or self._feeds_itself())
        with connection.cursor() as cursor:
            cursor.execute(_COSTS, [self.item.pk])
            found = cursor.fetchall()
        for row, (entry, quantity, left, valued, cost, rounding) in zip(self.oracle.rows, found, strict=True):
            assert self.ids[row] == entry
            assert (quantity, left, valued) == (row.quantity, row.left, row.valued), (row.number, left, valued)
            if not loose:
                assert cost == expected[row], (row.number, cost, expected[row])
                assert rounding == self.oracle.residual(row), (row.number, rounding)

    def _feeds_itself(self) -> bool:
        return self.world.by_place and {row.place for row in self.oracle.rows if row.half_of} == {0, 1}

    def settled(self) -> None:
        """Asked again, the adjuster finds nothing (L14); nothing left is worth nothing (L13)."""
        if self.register is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)"
                " VALUES (%s, %s, %s, now(), '')",
                [self.register, self.item.pk, START],
            )
        assert adjust_costs().value_entries == 0
        state = ItemState.objects.get(pk=self.item.pk)
        if not state.quantity and not any(row.left for row in self.oracle.rows):
            assert state.cost_amount_actual == 0

    def take_back(self) -> None:
        """The last posting reversed: quantity and worth are what they would be without it."""
        if self.register is None or self._feeds_itself():
            return
        state = ItemState.objects.get(pk=self.item.pk)
        try:
            reverse_register(self.register, posted_by=self.company.user)
        except Refused as refused:
            assert {problem.code for problem in refused.refusals} == {"already_applied"}, refused
            return
        drain()
        self.told.reversed += 1
        mirrored = ItemLedgerEntry.objects.filter(item=self.item, register__reverses=self.register)
        moved = sum(entry.quantity for entry in mirrored)
        after = ItemState.objects.get(pk=self.item.pk)
        assert after.quantity == state.quantity + moved
        self.settled_after_reversal(mirrored)

    def settled_after_reversal(self, mirrored: "object") -> None:
        """Each entry and its mirror image are worth nothing together; an average may still move by a cent."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(v.cost_amount_actual) FILTER (WHERE v.entry_type <> 'rounding'), sum(v.cost_amount_actual)"
                " FROM ledger_valueentry v JOIN ledger_itemledgerentry e"
                " ON e.id = v.item_ledger_entry_id WHERE e.item_id = %s AND NOT v.sweep AND"
                " (e.register_id = %s OR e.register_id IN (SELECT id FROM ledger_itemregister WHERE reverses_id = %s))",
                [self.item.pk, self.register, self.register],
            )
            without_rounding, left = cursor.fetchone()
        assert 0 in (left, without_rounding), f"{left} is left of a register that was reversed"


_TYPES = {
    "purchase": "purchase", "positive": "positive_adjmt", "sale": "sale", "fixed_sale": "sale",
    "vendor_return": "purchase", "customer_return": "sale", "transfer": "transfer",
}  # fmt: skip
