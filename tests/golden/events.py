"""The steps of an example that are movements of orders and documents, invoices, charges, work and what undoes them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.choices import EntryType, OrderType
from ledger.models import CapacityLedgerEntry, ItemLedgerEntry
from ledger.records import ZERO
from posting.lines import CapacityLine, ChargeLine, FinishLine, InvoiceLine, Line, PostingLine, UndoLine
from posting.movements import post_movements
from work.errors import Refused


class Events:
    """Mixed into the player."""

    def _post_lines(self: Any, step: dict[str, Any], lines: Sequence[Line | UndoLine], refs: Sequence[Any]) -> None:
        try:
            answer = post_movements(lines, posted_by=self.world.user)
        except Refused as refused:
            assert step.get("error") in {problem.code for problem in refused.refusals}, refused
            return
        assert "error" not in step, f"{step} was to be refused"
        ids = ItemLedgerEntry.objects.filter(register=answer.register_id).order_by("id").values_list("id", flat=True)
        self.entries.update({ref: entry for ref, entry in zip(refs, ids, strict=False) if ref})
        self._work()

    def _line(self: Any, step: dict[str, Any], kind: str, quantity: Decimal, **values: Any) -> PostingLine:
        self.count += 1
        item = self.world.item(step["item"])
        variant = self.world.variant(item, step.get("variant", ""))
        day = date.fromisoformat(step["date"])
        return PostingLine(
            key=self.count, item_id=item.pk, location_id=self.world.location(step.get("location", "")).pk,
            variant_id=variant and variant.pk, posting_date=day, document_date=day, entry_type=kind,
            document_number=f"D{self.count}", quantity=quantity, unit_code="PCS",
            applies_to=self.entries.get(step.get("applies_to", "")),
            applies_from=self.entries.get(step.get("applies_from", "")), serial_number=step.get("serial", ""), **values,
        )  # fmt: skip

    # ------------------------------------------------------------------ receipts, shipments, invoices

    def _receive(self: Any, step: dict[str, Any]) -> None:
        quantity = Decimal(step["qty"])
        price = Decimal(step["unit_cost"])
        number, _, place = step.get("order_line", "").partition("/")
        order = (OrderType.PURCHASE.value, number, int(place)) if number else ("", "", 0)
        line = self._line(
            step, EntryType.PURCHASE, quantity, invoiced=ZERO, unit_amount=price,
            amount=round(price * quantity, 2), order_key=order,
        )  # fmt: skip
        self._post_lines(step, [line], [step["ref"]])

    def _ship(self: Any, step: dict[str, Any]) -> None:
        cost = None if step.get("unit_cost") is None else Decimal(step["unit_cost"])
        line = self._line(step, EntryType.SALE, Decimal(step["qty"]), invoiced=ZERO, unit_cost=cost)
        self._post_lines(step, [line], [step["ref"]])

    def _purchase_return_ship(self: Any, step: dict[str, Any]) -> None:
        quantity = -Decimal(step["qty"])
        amount = Decimal(step["unit_cost"]) * quantity
        line = self._line(step, EntryType.PURCHASE, quantity, invoiced=ZERO, amount=amount)
        self._post_lines(step, [line], [step["ref"]])

    def _sales_return_receive(self: Any, step: dict[str, Any]) -> None:
        cost = None if step.get("unit_cost") is None else Decimal(step["unit_cost"])
        line = self._line(step, EntryType.SALE, -Decimal(step["qty"]), invoiced=ZERO, unit_cost=cost)
        self._post_lines(step, [line], [step["ref"]])

    def _invoice(self: Any, step: dict[str, Any]) -> None:
        self.count += 1
        line = InvoiceLine(
            key=self.count, entry=self.entries[step["entry"]], posting_date=date.fromisoformat(step["date"]),
            document_number=f"I{self.count}", quantity=Decimal(step["qty"]) if "qty" in step else None,
            amount=Decimal(step["amount"]) if "amount" in step else None,
            unit_amount=Decimal(step["unit_cost"]) if "unit_cost" in step else None,
        )  # fmt: skip
        self._post_lines(step, [line], [])

    _invoice_receipt = _invoice_shipment = _invoice_return_shipment = _invoice_return_receipt = _invoice

    def _item_charge(self: Any, step: dict[str, Any]) -> None:
        lines = []
        for each in step["assign"]:
            self.count += 1
            lines.append(
                ChargeLine(
                    key=self.count,
                    entry=self.entries[each["entry"]],
                    posting_date=date.fromisoformat(step["date"]),
                    document_number=f"C{self.count}",
                    amount=Decimal(each["amount"]),
                    charge="FREIGHT",
                    of_sale=step["kind"] == "sales",
                )
            )
        self._post_lines(step, lines, [])

    def _undo(self: Any, step: dict[str, Any]) -> None:
        self.count += 1
        line = UndoLine(
            key=self.count, entry=self.entries[step["entry"]], posting_date=date.fromisoformat(step["date"])
        )
        self._post_lines(step, [line], [step["ref"]])

    # ------------------------------------------------------------------ transfer orders

    def _transfer_ship(self: Any, step: dict[str, Any]) -> None:
        ref = step["ref"]
        self.shipped[ref] = step
        transit = self.world.transit(step["in_transit"])
        line = self._line(
            {**step, "location": step["from"]}, EntryType.TRANSFER, Decimal(step["qty"]), new_location_id=transit.pk,
            order_key=(OrderType.TRANSFER.value, ref, 10000),
        )  # fmt: skip
        refs = [f"{ref}.ship_out", f"{ref}.ship_in", *(f"{ref}.ship_in{n}" for n in range(2, 20))]
        self._post_lines(step, [line], refs)

    def _transfer_receive(self: Any, step: dict[str, Any]) -> None:
        shipped = self.shipped[step["ship"]]
        times = self.received[step["ship"]] = self.received.get(step["ship"], 0) + 1
        self.world.transit(shipped["in_transit"])
        line = self._line(
            {**shipped, "date": step["date"], "location": shipped["in_transit"]}, EntryType.TRANSFER,
            Decimal(step.get("qty", shipped["qty"])), new_location_id=self.world.location(step["to"]).pk,
            order_key=(OrderType.TRANSFER.value, step["ship"], 10000),
        )  # fmt: skip
        name = f"{step['ship']}.rcpt{'' if times == 1 else times}"
        refs = [f"{name}_out", f"{name}_in", *(f"{name}_in{n}" for n in range(2, 20))]
        self._post_lines(step, [line], refs)

    # ------------------------------------------------------------------ orders

    def _order(self: Any, step: dict[str, Any]) -> tuple[str, str, int]:
        return OrderType.PRODUCTION.value, step["order"], int(step.get("order_line", 10000))

    def _consume(self: Any, step: dict[str, Any]) -> None:
        parent = self.world.item(step["parent"])
        line = self._line(
            step, EntryType.CONSUMPTION, Decimal(step["qty"]), order_key=self._order(step), produces=parent.pk
        )
        self._post_lines(step, [line], [step.get("ref")])

    def _output(self: Any, step: dict[str, Any]) -> None:
        line = self._line(step, EntryType.OUTPUT, Decimal(step["qty"]), order_key=self._order(step))
        self._post_lines(step, [line], [step.get("ref")])

    def _capacity(self: Any, step: dict[str, Any]) -> None:
        order = (OrderType.PRODUCTION.value, step["order"], 10000)
        line = self._capacity_line(step, self.world.item(step["parent"]).pk, order, step["date"])
        self._post_lines(step, [line], [])
        self._name_work(step)

    def _capacity_line(
        self: Any, step: dict[str, Any], makes: int, order: tuple[str, str, int], day: str
    ) -> CapacityLine:
        self.count += 1
        direct, whole = step.get("direct_unit_cost"), step.get("unit_cost")
        return CapacityLine(
            key=self.count, item_id=makes, location_id=self.world.location(step.get("location", "")).pk,
            posting_date=date.fromisoformat(day), document_number=f"K{self.count}", order_key=order,
            quantity=Decimal(step["qty"]), direct_unit_cost=None if direct is None else Decimal(direct),
            unit_cost=None if whole is None else Decimal(whole),
            indirect_cost_percent=Decimal(step.get("indirect_cost_pct", "0")),
            overhead_rate=Decimal(step.get("overhead_rate", "0")), subcontracting=step.get("subcontracting", False),
        )  # fmt: skip

    def _name_work(self: Any, step: dict[str, Any]) -> None:
        if step.get("ref"):
            self.capacity[step["ref"]] = CapacityLedgerEntry.objects.order_by("-id")[0].pk

    def _finish_order(self: Any, step: dict[str, Any]) -> None:
        self.count += 1
        self._post_lines(step, [FinishLine(key=self.count, order_number=step["order"])], [])

    def _assemble(self: Any, step: dict[str, Any]) -> None:
        made = self.world.item(step["item"])
        order = (OrderType.ASSEMBLY.value, step["order"], 0)
        place = step.get("location", "")
        lines: list[Line] = [
            self._line(
                {"location": place, "date": step["date"], **each}, EntryType.ASSEMBLY_CONSUMPTION,
                Decimal(each["qty"]), order_key=order, produces=made.pk,
            )
            for each in step["components"]
        ]  # fmt: skip
        lines += [self._capacity_line(each, made.pk, order, step["date"]) for each in step.get("resources", [])]
        lines.append(self._line(step, EntryType.ASSEMBLY_OUTPUT, Decimal(step["qty"]), order_key=order))
        self._post_lines(step, lines, [*(each.get("ref") for each in step["components"]), step["ref"]])
        for each in step.get("resources", []):
            self._name_work(each)
