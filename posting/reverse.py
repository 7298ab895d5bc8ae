"""Take a posted register back by posting its mirror image (decision 17)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from inventory.setup import read_setup
from ledger.choices import EntryType, SourceCode
from ledger.locks import waiting_is_bounded
from ledger.records import NewRegister
from posting import errors
from posting.errors import PostingError
from posting.journals import Idempotent, PostingAnswer, once
from posting.lines import OUTBOUND, PostingLine
from posting.post import post_lines
from posting.trace import HOLDS
from users.models import User
from work.errors import Refusal, Refused
from work.statements import Sending

REVERSIBLE = frozenset({SourceCode.ITEM_JOURNAL, SourceCode.RECLASSIFICATION})
_INSTEAD = {
    SourceCode.COST_ADJUSTMENT: "Reverse the posting whose costs it carried on.",
    SourceCode.REVERSAL: "Post the journal again.",
    SourceCode.MOVEMENTS: "Undo what was not invoiced, or post a return with a credit memo.",
    SourceCode.APPLICATION: "Make the applications anew by hand.",
    SourceCode.REVALUATION: "Revalue back to the old cost.",
}
_USED = frozenset({errors.InsufficientRemaining, errors.FixedApplicationPrevents, errors.ReturnedMoreThanShipped})


@transaction.atomic(durable=True)
def reverse_register(register_id: int, *, posted_by: User, idempotency_key: Idempotent | None = None) -> PostingAnswer:
    """Post the mirror image of a register under a new register that `reverses` it, on the original dates.

    Receipts are taken back by fixed application, issues by exact return, transfers by a fixed transfer back, the
    last entry first. Raises `Refused` with every reason; `line` is then the item ledger entry that stands in the way.
    """
    return once("reverse_register", posted_by, idempotency_key, lambda: _bounded(register_id, posted_by))


def _bounded(register_id: int, user: User) -> dict[str, Any]:
    with waiting_is_bounded():
        return _reverse(register_id, user)


def _reverse(register_id: int, user: User) -> dict[str, Any]:
    """The inner verb. Locks: setup, register, items."""
    setup = read_setup(lock=True)
    batch = _lock_register(register_id)
    entries = _entries(register_id)
    drawn = _drawn_within(register_id)
    lines = [_mirror(row, drawn.get(row["id"], ())) for row in entries if _is_taken_back(row)]
    register = NewRegister(
        SourceCode.REVERSAL, user.pk, batch, f"Reversal of register {register_id}", reverses_id=register_id
    )
    try:
        with Sending() as sending:
            posted = post_lines(lines, setup, register, sending)
    except Refused as refused:
        items = {row["id"]: row["item_number"] for row in entries}
        raise Refused([_explain(problem, items) for problem in refused.refusals]) from refused
    written = posted.written
    return {
        "register_id": written.register_id,
        "lines_posted": len(lines),
        "item_entries": written.item_entries,
        "value_entries": written.value_entries,
        "document_numbers": list(dict.fromkeys(line.document_number for line in reversed(lines))),
    }


def _lock_register(register_id: int) -> str:
    """The register's journal; refused when it cannot be reversed. A second reversal at the same time waits here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_code, journal_batch FROM ledger_itemregister WHERE id = %s FOR NO KEY UPDATE", [register_id]
        )
        row = cursor.fetchone()
        if row is None:
            raise Refused([errors.UnknownRegister(register=str(register_id))])
        cursor.execute("SELECT id FROM ledger_itemregister WHERE reverses_id = %s", [register_id])
        reversal = cursor.fetchone()
    problems: list[PostingError] = []
    source = SourceCode(row[0])
    if source not in REVERSIBLE:
        instead = _INSTEAD.get(source, "Reverse the posting behind it.")
        problems.append(errors.NotReversible(register=str(register_id), source=source.label, instead=instead))
    if reversal is not None:
        problems.append(errors.AlreadyReversed(register=str(register_id), by=str(reversal[0])))
    if problems:
        raise Refused(problems)
    return str(row[1])


def _is_taken_back(row: dict[str, Any]) -> bool:
    """A transfer goes back by its arriving halves, each of which takes its part of the leaving half along."""
    return bool(row["entry_type"] != EntryType.TRANSFER or row["quantity"] > 0)


def _mirror(row: dict[str, Any], drawn_by: Sequence[int]) -> PostingLine:
    """The line that undoes an entry: the same day, document, goods and groups, the other way round."""
    inbound, transfer = row["quantity"] > 0, row["entry_type"] == EntryType.TRANSFER
    quantity = row["quantity"] if transfer or row["entry_type"] in OUTBOUND else -row["quantity"]
    amounts = {EntryType.SALE: row["sales_amount"], EntryType.PURCHASE: row["purchase_amount"]}
    amount = amounts.get(row["entry_type"])
    return PostingLine(
        key=row["id"], quantity=quantity, amount=None if amount is None else -amount,
        discount_amount=-row["discount_amount"], correction=True, also_from=tuple(drawn_by),
        applies_to=row["id"] if inbound else None, applies_from=None if inbound else row["id"],
        new_location_id=row["came_from"] if transfer else None, **{name: row[name] for name in _SAME},
    )  # fmt: skip


def _explain(problem: Refusal, items: dict[int, str]) -> Refusal:
    """In the words of a reversal: an entry of which too little is left is in use."""
    if type(problem) in _USED:
        entry = int(problem.facts["entry"])
        return errors.AlreadyApplied(line=entry, entry=str(entry), item=items[entry])
    return problem


def _entries(register_id: int) -> list[dict[str, Any]]:
    """The register's entries, the last one first, each with its groups and amounts: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [register_id])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _drawn_within(register_id: int) -> dict[int, list[int]]:
    """For each receipt, the issues of the same register that took goods and cost from it: those come back with it.

    Only issues that took all their goods from the register count, else what came back would be worth something
    else than the receipts; so would it in an average, which hands no cost over the link.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN, [register_id])
        drawn: dict[int, list[int]] = defaultdict(list)
        for receipt, issue in cursor.fetchall():
            drawn[receipt].append(issue)
    return drawn


_SAME = (
    "item_id", "variant_id", "location_id", "posting_date", "document_date", "entry_type", "document_number",
    "unit_code", "quantity_per_unit", "serial_number", "lot_number", "package_number", "expiration_date",
    "warranty_date", "external_document_number", "description", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "inventory_posting_group_id", "vendor_id", "customer_id", "dimension_set_id",
    "responsibility_center_id", "reason_code",
)  # fmt: skip
_ENTRIES = """
    SELECT e.id, e.item_id, e.variant_id, e.location_id, e.posting_date, e.document_date, e.entry_type,
           e.document_number, e.quantity, e.unit_code, e.quantity_per_unit, e.serial_number, e.lot_number,
           e.package_number, e.expiration_date, e.warranty_date, e.external_document_number, e.description,
           e.vendor_id, e.customer_id, e.dimension_set_id, e.responsibility_center_id, e.reason_code,
           v.gen_business_posting_group_id, v.gen_product_posting_group_id, v.inventory_posting_group_id,
           s.sales_amount, s.purchase_amount, s.discount_amount, i.number AS item_number,
           (SELECT o.location_id FROM ledger_itemapplicationentry a
              JOIN ledger_itemledgerentry o ON o.id = a.outbound_entry_id
             WHERE a.item_ledger_entry_id = e.id AND a.inbound_entry_id = e.id ORDER BY a.id LIMIT 1) AS came_from
      FROM ledger_itemledgerentry e
      JOIN inventory_item i ON i.id = e.item_id
      JOIN LATERAL (SELECT sum(sales_amount_actual) AS sales_amount, sum(purchase_amount_actual) AS purchase_amount,
                           sum(discount_amount) AS discount_amount, min(id) AS first
                      FROM ledger_valueentry WHERE item_ledger_entry_id = e.id) s ON true
      JOIN ledger_valueentry v ON v.id = s.first
     WHERE e.register_id = %s
     ORDER BY e.id DESC
"""
_DRAWN = f"""
    SELECT a.inbound_entry_id, a.outbound_entry_id
      FROM ledger_itemledgerentry o
      JOIN ledger_itemapplicationentry a ON a.item_ledger_entry_id = o.id AND a.outbound_entry_id = o.id
      JOIN ledger_itemledgerentry n ON n.id = a.inbound_entry_id AND n.register_id = o.register_id
      JOIN ledger_entrybalance b ON b.entry_id = o.id AND b.remaining_quantity = 0
     WHERE o.register_id = %s AND o.quantity < 0 AND a.cost_application AND {HOLDS}
       AND NOT EXISTS (SELECT FROM ledger_itemapplicationentry x
                         JOIN ledger_itemledgerentry m ON m.id = x.inbound_entry_id AND m.register_id <> o.register_id
                        WHERE x.item_ledger_entry_id = o.id AND x.outbound_entry_id = o.id
                        GROUP BY x.inbound_entry_id HAVING sum(x.quantity) <> 0)
     GROUP BY 1, 2 ORDER BY 1, 2
"""
