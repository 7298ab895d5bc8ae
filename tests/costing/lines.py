"""The oracle's events as the lines and verbs of the product."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from costing.revaluation import NewWorth
from inventory.models import Item, Location
from posting.lines import CapacityLine, ChargeLine, FinishLine, InvoiceLine, Line, PostingLine, UndoLine
from posting.models import ItemJournalLine
from posting.reapply import apply, reapply_open, unapply
from posting.revalue import revalue_entry, revalue_item, revalue_remaining
from tests.costing.oracle_book import PRODUCT
from tests.costing.oracle_events import Event, Part
from tests.factories import Company

_MOVES = {
    "purchase": "purchase", "positive": "positive_adjmt", "sale": "sale", "negative": "negative_adjmt",
    "vendor_return": "purchase", "customer_return": "sale", "put_right": "positive_adjmt", "put_back": "consumption",
    "transfer": "transfer", "transfer_ship": "transfer", "transfer_receive": "transfer", "consume": "consumption",
    "output": "output", "unmake": "output",
}  # fmt: skip
_BACKWARDS = frozenset({"vendor_return", "customer_return", "put_back", "unmake"})
_RETURNS = frozenset({"customer_return", "put_right", "put_back"})


@dataclass
class Lines:
    """`ids` are the ledger entries of the oracle's, by its numbers."""

    company: Company
    items: Sequence[Item]
    places: Sequence[Location]
    count: int = field(default=0)

    def of(self, event: Event, ids: Sequence[int]) -> list[Line | UndoLine]:
        """The lines that `post_movements` gets."""
        self.count += 1
        make = getattr(self, f"_{event.kind}", None)
        lines: list[Line | UndoLine] = make(event, ids) if make else [self._move(event, ids)]
        return lines

    def do(self, event: Event, ids: Sequence[int]) -> int | None:
        """What has a verb of its own; the register, if one was written."""
        self.count += 1
        register: int | None = getattr(self, f"_do_{event.kind}")(event, ids)
        return register

    def _do_revalue_entry(self, event: Event, ids: Sequence[int]) -> int | None:
        return revalue_entry(
            ids[event.entry or 0], NewWorth(delta=event.amount), posting_date=event.day, **self._written()
        ).register_id

    def _do_revalue_remaining(self, event: Event, ids: Sequence[int]) -> int | None:
        return revalue_remaining(
            ids[event.entry or 0], NewWorth(delta=event.amount), posting_date=event.day, **self._written()
        ).register_id

    def _do_revalue_item(self, event: Event, _: Sequence[int]) -> int | None:
        return revalue_item(
            self.items[event.item].pk, NewWorth(value=event.amount), posting_date=event.day,
            location_id=None if event.place < 0 else self.places[event.place].pk, **self._written(),
        ).register_id  # fmt: skip

    def _written(self) -> dict[str, Any]:
        return {"document_number": f"R{self.count}", "by": self.company.user}

    def _do_set_standard(self, event: Event, _: Sequence[int]) -> None:
        self.company.change(self.items[event.item], standard_cost=event.unit)

    def _do_unapply(self, event: Event, ids: Sequence[int]) -> int | None:
        return unapply(ids[event.entry or 0], ids[event.other or 0], by=self.company.user).register_id

    def _do_apply(self, event: Event, ids: Sequence[int]) -> int | None:
        return apply(ids[event.other or 0], ids[event.entry or 0], by=self.company.user).register_id

    def _do_reapply(self, event: Event, _: Sequence[int]) -> int | None:
        return reapply_open([self.items[event.item].pk], by=self.company.user).register_id

    def _move(self, event: Event, ids: Sequence[int]) -> PostingLine:
        named = None if event.entry is None else ids[event.entry]
        returns = event.kind in _RETURNS
        purchase = event.kind in ("purchase", "vendor_return")
        price = event.unit if event.kind == "vendor_return" else None
        return self._line(
            event, _MOVES[event.kind], -event.quantity if event.kind in _BACKWARDS else event.quantity,
            applies_from=named if returns else None, applies_to=None if returns else named,
            unit_amount=price, amount=self._amount(event, price) if purchase else None,
            unit_cost=None if purchase or "transfer" in event.kind or (returns and named) else event.unit,
            new_location_id=self.places[event.to].pk if "transfer" in event.kind else None,
            invoiced=Decimal(0) if event.ship_only else None, **self._order_of(event),
        )  # fmt: skip

    def _drop(self, event: Event, ids: Sequence[int]) -> list[Line]:
        receipt = replace(self._move(replace(event, kind="purchase"), ids), drop_shipment=True)
        return [receipt, replace(self._move(replace(event, kind="sale"), ids), delivered_by=receipt.key)]

    def _amount(self, event: Event, price: Decimal | None) -> Decimal:
        return event.amount if price is None else -round(price * event.quantity, 2)

    def _line(self, event: Event, kind: str, quantity: Decimal, **values: Any) -> PostingLine:
        self.count += 1
        return PostingLine(**{
            "key": self.count, "item_id": self.items[event.item].pk, "location_id": self.places[event.place].pk,
            "posting_date": event.day, "document_date": event.day, "entry_type": kind,
            "document_number": f"D{self.count}", "quantity": quantity, "unit_code": "PCS",
            "serial_number": event.serial, **values,
        })  # fmt: skip

    def _number(self, event: Event) -> str:
        """Every history has orders of its own."""
        return f"{event.order}-{self.items[PRODUCT].pk}"

    def journal_line(self, event: Event, ids: Sequence[int]) -> ItemJournalLine:
        """A plain movement as a line of a journal."""
        named = None if event.entry is None else ids[event.entry]
        values: dict[str, Any] = {"applies_from_entry" if event.kind in _RETURNS else "applies_to_entry": named}
        if event.kind == "transfer":
            values["new_location"] = self.places[event.to]
        elif event.kind in ("purchase", "vendor_return"):
            values["unit_amount"] = event.unit or Decimal(7)
        elif not (named and event.kind in _RETURNS):
            values["unit_cost"] = event.unit
        quantity = -event.quantity if event.kind in _BACKWARDS else event.quantity
        return self.company.line(
            _MOVES[event.kind], self.items[event.item], quantity, posting_date=event.day,
            location=self.places[event.place], serial_number=event.serial, **values,
        )  # fmt: skip

    def _order_of(self, event: Event) -> dict[str, Any]:
        if event.kind in ("transfer_ship", "transfer_receive"):
            return {"order_key": ("transfer", self._number(event), 10000)}
        if event.order:
            return {"order_key": ("production", self._number(event), 10000), "produces": self.items[PRODUCT].pk}
        return {}

    def _invoice(self, event: Event, ids: Sequence[int]) -> list[Line]:
        assert event.entry is not None
        return [
            InvoiceLine(
                key=self.count, entry=ids[event.entry], posting_date=event.day, document_number=f"I{self.count}",
                quantity=event.quantity, amount=event.amount,
            )
        ]  # fmt: skip

    def _charge(self, event: Event, ids: Sequence[int]) -> list[Line]:
        assert event.entry is not None
        return [
            ChargeLine(
                key=self.count, entry=ids[event.entry], posting_date=event.day, document_number=f"C{self.count}",
                amount=event.amount, charge="FREIGHT",
            )
        ]  # fmt: skip

    def _undo(self, event: Event, ids: Sequence[int]) -> list[UndoLine]:
        assert event.entry is not None
        return [UndoLine(key=self.count, entry=ids[event.entry])]

    def _finish(self, event: Event, _: Sequence[int]) -> list[Line]:
        return [FinishLine(key=self.count, order_number=self._number(event))]

    def _capacity(self, event: Event, _: Sequence[int]) -> list[Line]:
        return [self._work(event, event.parts[0], "production")]

    def _work(self, event: Event, part: Part, kind: str) -> CapacityLine:
        self.count += 1
        return CapacityLine(
            key=self.count, item_id=self.items[PRODUCT].pk, location_id=self.places[event.place].pk,
            posting_date=event.day, document_number=f"K{self.count}",
            order_key=(kind, self._number(event), 10000 if kind == "production" else 0), quantity=part.quantity,
            direct_unit_cost=part.direct, unit_cost=part.direct + part.indirect,
        )  # fmt: skip

    def _assemble(self, event: Event, _: Sequence[int]) -> list[Line]:
        order: dict[str, Any] = {"order_key": ("assembly", self._number(event), 0), "produces": self.items[PRODUCT].pk}
        lines: list[Line] = []
        for part in event.parts:
            if part.direct or part.indirect:
                lines.append(self._work(event, part, "assembly"))
                continue
            at = {"item_id": self.items[part.item].pk, "location_id": self.places[part.place].pk}
            lines.append(self._line(event, "assembly_consumption", part.quantity, unit_cost=event.unit, **at, **order))
        lines.append(self._line(event, "assembly_output", event.quantity, **order))
        return lines
