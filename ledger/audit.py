"""Standing invariants of the whole book (ledger-model.md §4, against the homes of decision 6).

Each check is one statement that returns the ids of rows that break it. Tests and the nightly beat both run them.
"""

from dataclasses import dataclass

from django.db import connection

from ledger.audit_gl import GL_CHECKS

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold, and the first rows that break it."""

    check: str
    says: str
    ids: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.check}: {self.says}; {', '.join(map(str, self.ids))}"


def audit_ledger() -> list[Finding]:
    """Every invariant that is broken; an empty list means that the books are sound."""
    findings = []
    with connection.cursor() as cursor:
        for name, (says, statement) in CHECKS.items():
            cursor.execute(f"SELECT id FROM ({statement}) AS broken (id) ORDER BY 1 LIMIT {SHOWN}")
            ids = tuple(row[0] for row in cursor.fetchall())
            if ids:
                findings.append(Finding(name, says, ids))
    return findings


# Who gets cost from whom: an issue from its receipts, a return from its issue, an arrival from what left.
_FLOWS = """
    SELECT CASE WHEN item_ledger_entry_id = outbound_entry_id THEN inbound_entry_id
                ELSE coalesce(transferred_from_entry_id, outbound_entry_id) END AS source,
           item_ledger_entry_id AS target
      FROM ledger_itemapplicationentry
     WHERE outbound_entry_id IS NOT NULL AND (cost_application OR item_ledger_entry_id = inbound_entry_id)
     GROUP BY 1, 2 HAVING sum(quantity) <> 0
"""
# A link that nothing takes back, and that takes nothing back (decision 6).
_HOLDS = "a.reverses_id IS NULL AND NOT EXISTS (SELECT FROM ledger_itemapplicationentry r WHERE r.reverses_id = a.id)"
_IDLE = "NOT EXISTS (SELECT FROM costing_costtoforward q WHERE q.item_id = e.item_id)"
_STOCK = "JOIN inventory_item i ON i.id = e.item_id AND i.type = 'inventory'"
_SUMS = """
    (SELECT item_ledger_entry_id AS entry, sum(item_ledger_entry_quantity) AS quantity,
            count(*) FILTER (WHERE item_ledger_entry_quantity <> 0) AS carriers,
            sum(invoiced_quantity) AS invoiced, sum(cost_amount_expected) AS expected
       FROM ledger_valueentry GROUP BY 1)
"""
CHECKS: dict[str, tuple[str, str]] = {
    "quantity_is_valued": (
        "an entry's quantity stands on exactly one of its value entries",
        f"SELECT e.id FROM ledger_itemledgerentry e LEFT JOIN {_SUMS} v ON v.entry = e.id"
        " WHERE v.quantity IS DISTINCT FROM e.quantity OR v.carriers <> 1",
    ),
    "invoiced_adds_up": (
        "the invoiced quantity is the sum of the value entries' and never more than the quantity",
        f"SELECT e.id FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id"
        f" LEFT JOIN {_SUMS} v ON v.entry = e.id"
        " WHERE v.invoiced IS DISTINCT FROM b.invoiced_quantity OR abs(b.invoiced_quantity) > abs(e.quantity)"
        " OR b.invoiced_quantity * e.quantity < 0",
    ),
    "invoiced_has_no_expected_cost": (
        "a fully invoiced entry has no expected cost",
        f"SELECT e.id FROM ledger_itemledgerentry e JOIN {_SUMS} v ON v.entry = e.id"
        " WHERE v.invoiced = e.quantity AND v.expected <> 0",
    ),
    "every_entry_has_a_balance": (
        "each entry has one balance that repeats it",
        "SELECT e.id FROM ledger_itemledgerentry e LEFT JOIN ledger_entrybalance b ON b.entry_id = e.id"
        " WHERE b.entry_id IS NULL OR (b.item_id, b.location_id, b.variant_key, b.positive, b.posting_date,"
        " b.serial_number, b.lot_number, b.package_number) IS DISTINCT FROM (e.item_id, e.location_id, e.variant_key,"
        " e.quantity > 0, e.posting_date, e.serial_number, e.lot_number, e.package_number)",
    ),
    "receipt_is_used_once": (
        "what is left of a receipt is its quantity less all that was taken from it",
        f"SELECT e.id FROM ledger_itemledgerentry e {_STOCK} JOIN ledger_entrybalance b ON b.entry_id = e.id"
        " LEFT JOIN (SELECT inbound_entry_id, sum(quantity) AS quantity FROM ledger_itemapplicationentry GROUP BY 1) a"
        " ON a.inbound_entry_id = e.id"
        " WHERE e.quantity > 0 AND b.remaining_quantity IS DISTINCT FROM coalesce(a.quantity, 0)",
    ),
    "issue_is_covered_once": (
        "what is open of an issue is its quantity less all that covers it",
        f"SELECT e.id FROM ledger_itemledgerentry e {_STOCK} JOIN ledger_entrybalance b ON b.entry_id = e.id"
        " LEFT JOIN (SELECT item_ledger_entry_id, sum(quantity) AS quantity"
        "   FROM ledger_itemapplicationentry GROUP BY 1) a ON a.item_ledger_entry_id = e.id"
        " WHERE e.quantity < 0 AND b.remaining_quantity <> e.quantity - coalesce(a.quantity, 0)",
    ),
    "remaining_is_within": (
        "what remains lies between nothing and the quantity; goods without stock leave nothing open",
        "SELECT e.id FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id"
        " JOIN inventory_item i ON i.id = e.item_id"
        " WHERE abs(b.remaining_quantity) > abs(e.quantity) OR b.remaining_quantity * e.quantity < 0"
        " OR (i.type <> 'inventory' AND b.remaining_quantity <> 0)",
    ),
    "links_join_the_same_goods": (
        "a link joins an increase and a decrease of the same item, variant and location",
        "SELECT a.id FROM ledger_itemapplicationentry a JOIN ledger_itemledgerentry n ON n.id = a.inbound_entry_id"
        " JOIN ledger_itemledgerentry o ON o.id = a.outbound_entry_id"
        " WHERE n.quantity < 0 OR o.quantity > 0 OR n.item_id <> o.item_id OR n.variant_key <> o.variant_key"
        " OR (n.location_id <> o.location_id AND a.item_ledger_entry_id = a.outbound_entry_id)"
        " OR (n.serial_number <> o.serial_number AND a.item_ledger_entry_id = a.outbound_entry_id AND EXISTS ("
        "   SELECT FROM inventory_item i LEFT JOIN inventory_itemtrackingcode t ON t.id = i.item_tracking_code_id"
        "    WHERE i.id = n.item_id AND (i.costing_method = 'specific' OR t.serial_specific)))",
    ),
    "returns_stay_within": (
        "no more comes back of an issue than went out",
        f"SELECT e.id FROM ledger_itemledgerentry e {_STOCK} JOIN ledger_entrybalance b ON b.entry_id = e.id"
        " LEFT JOIN (SELECT a.outbound_entry_id, sum(a.quantity) AS quantity FROM ledger_itemapplicationentry a"
        "   JOIN ledger_itemledgerentry n ON n.id = a.inbound_entry_id AND n.entry_type <> 'transfer'"
        "   WHERE a.item_ledger_entry_id = a.inbound_entry_id GROUP BY 1) r ON r.outbound_entry_id = e.id"
        " WHERE e.quantity < 0 AND b.returnable_quantity <> e.quantity + coalesce(r.quantity, 0)",
    ),
    "issue_is_valued_after_its_receipts": (
        "an issue is not valued before a receipt whose cost it takes",
        "SELECT a.outbound_entry_id FROM ledger_itemapplicationentry a"
        " JOIN ledger_entrybalance n ON n.entry_id = a.inbound_entry_id"
        " JOIN ledger_entrybalance o ON o.entry_id = a.outbound_entry_id"
        " WHERE a.cost_application AND a.item_ledger_entry_id = a.outbound_entry_id"
        f" AND o.valuation_date < n.valuation_date AND {_HOLDS}",
    ),
    "return_is_valued_after_its_issue": (
        "what comes back is not valued before it left, and what arrives by transfer is valued as it left",
        "SELECT a.inbound_entry_id FROM ledger_itemapplicationentry a"
        " JOIN ledger_entrybalance n ON n.entry_id = a.inbound_entry_id"
        " JOIN ledger_itemledgerentry e ON e.id = n.entry_id"
        " JOIN ledger_entrybalance o ON o.entry_id = a.outbound_entry_id"
        f" WHERE a.item_ledger_entry_id = a.inbound_entry_id AND {_HOLDS} AND (n.valuation_date < o.valuation_date"
        " OR (e.entry_type = 'transfer' AND n.valuation_date <> o.valuation_date))",
    ),
    "links_are_taken_back_whole": (
        "what takes a link back is its mirror, and is not taken back itself",
        "SELECT r.id FROM ledger_itemapplicationentry r JOIN ledger_itemapplicationentry a ON a.id = r.reverses_id"
        " WHERE a.reverses_id IS NOT NULL OR r.quantity <> -a.quantity"
        " OR (r.item_ledger_entry_id, r.inbound_entry_id, r.outbound_entry_id, r.transferred_from_entry_id, r.fixed,"
        " r.cost_application) IS DISTINCT FROM (a.item_ledger_entry_id, a.inbound_entry_id, a.outbound_entry_id,"
        " a.transferred_from_entry_id, a.fixed, a.cost_application)",
    ),
    "transfers_balance": (
        "what leaves by transfer arrives by transfer",
        "SELECT register_id FROM ledger_itemledgerentry WHERE entry_type = 'transfer'"
        " GROUP BY register_id, item_id HAVING sum(quantity) <> 0",
    ),
    "value_repeats_its_entry": (
        "a value entry names the item, variant and location of its item ledger entry",
        "SELECT v.id FROM ledger_valueentry v JOIN ledger_itemledgerentry e ON e.id = v.item_ledger_entry_id"
        " WHERE (v.item_id, v.location_id, v.variant_key) IS DISTINCT FROM (e.item_id, e.location_id, e.variant_key)"
        " OR v.item_ledger_entry_type NOT IN (e.entry_type, CASE WHEN v.item_charge <> '' THEN 'purchase' ELSE"
        " e.entry_type END)",
    ),
    "valuation_date_is_projected": (
        "a balance's valuation date is that of its entry's direct value entries",
        "SELECT v.item_ledger_entry_id FROM ledger_valueentry v"
        " JOIN ledger_entrybalance b ON b.entry_id = v.item_ledger_entry_id"
        " LEFT JOIN LATERAL (SELECT valuation_date FROM ledger_valuationchange"
        "   WHERE value_entry_id = v.id ORDER BY id DESC LIMIT 1) c ON true"
        " WHERE v.item_ledger_entry_quantity <> 0"
        " AND coalesce(c.valuation_date, v.valuation_date) <> b.valuation_date",
    ),
    "revaluation_is_projected": (
        "a balance says when its entry was revalued last",
        "SELECT b.entry_id FROM ledger_entrybalance b LEFT JOIN"
        " (SELECT DISTINCT ON (item_ledger_entry_id) item_ledger_entry_id AS entry, posting_date"
        "    FROM ledger_valueentry WHERE entry_type = 'revaluation' AND applies_to_value_entry_id IS NULL"
        "   ORDER BY item_ledger_entry_id, id DESC) v"
        " ON v.entry = b.entry_id WHERE b.revalued_on IS DISTINCT FROM v.posting_date",
    ),
    "state_adds_up": (
        "an item's state repeats the sums of its value entries",
        "SELECT s.item_id FROM ledger_itemstate s JOIN inventory_item i ON i.id = s.item_id LEFT JOIN"
        " (SELECT item_id, sum(item_ledger_entry_quantity) AS quantity, sum(invoiced_quantity) AS invoiced,"
        "   sum(cost_amount_actual) AS actual, sum(cost_amount_expected) AS expected"
        "   FROM ledger_valueentry WHERE inventoriable GROUP BY 1) v ON v.item_id = s.item_id"
        " WHERE (s.quantity, s.invoiced_quantity, s.cost_amount_actual, s.cost_amount_expected) IS DISTINCT FROM"
        " (coalesce(v.quantity, 0), coalesce(v.invoiced, 0), coalesce(v.actual, 0), coalesce(v.expected, 0))",
    ),
    "every_item_has_a_state": (
        "each item has a state to lock",
        "SELECT i.id FROM inventory_item i LEFT JOIN ledger_itemstate s ON s.item_id = i.id WHERE s.item_id IS NULL",
    ),
    "nothing_is_worth_nothing": (
        "an adjusted item without stock has no value",
        "SELECT s.item_id FROM ledger_itemstate s JOIN inventory_item i ON i.id = s.item_id AND i.type = 'inventory'"
        " WHERE s.quantity = 0 AND s.cost_amount_actual + s.cost_amount_expected <> 0"
        " AND NOT EXISTS (SELECT FROM costing_costtoforward q WHERE q.item_id = s.item_id)"
        " AND NOT EXISTS (SELECT FROM ledger_entrybalance b WHERE b.item_id = s.item_id"
        "   AND (b.remaining_quantity <> 0 OR NOT b.completely_invoiced))",
    ),
    "cost_flows_in_no_circle": (
        "no entry takes its cost from itself, by whatever way (a circle has a step back in number)",
        f"WITH RECURSIVE flow AS ({_FLOWS}), walk (start, entry) AS ("
        " SELECT source, target FROM flow WHERE source > target UNION"
        " SELECT walk.start, flow.target FROM walk JOIN flow ON flow.source = walk.entry"
        "   WHERE walk.entry <> walk.start)"
        " SELECT DISTINCT start FROM walk WHERE start = entry",
    ),
    "fixed_links_are_named": (
        "an entry that names another was linked to it, and but by hand only to it, by a fixed application",
        f"SELECT e.id FROM ledger_itemledgerentry e {_STOCK} LEFT JOIN ledger_itemapplicationentry a"
        " ON a.fixed AND a.inbound_entry_id IN (e.id, e.applies_to_entry_id)"
        " AND a.outbound_entry_id IN (e.id, e.applies_to_entry_id)"
        " WHERE e.applies_to_entry_id IS NOT NULL AND a.id IS NULL AND NOT e.correction"
        " UNION SELECT a.item_ledger_entry_id FROM ledger_itemapplicationentry a"
        " JOIN ledger_itemledgerentry n ON n.id = a.inbound_entry_id"
        " JOIN ledger_itemledgerentry o ON o.id = a.outbound_entry_id"
        " JOIN ledger_itemregister g ON g.id = a.register_id AND g.source_code <> 'application'"
        " WHERE a.fixed AND a.item_ledger_entry_id <> a.inbound_entry_id AND NOT o.correction"
        " AND n.id IS DISTINCT FROM o.applies_to_entry_id AND o.id IS DISTINCT FROM n.applies_to_entry_id",
    ),
    "transfers_carry_their_cost": (
        "what arrives by transfer is worth what left, once its item is adjusted",
        "SELECT min(e.id) FROM ledger_itemledgerentry e JOIN ledger_valueentry v ON v.item_ledger_entry_id = e.id"
        " WHERE e.entry_type = 'transfer' AND v.entry_type = 'direct' AND v.item_charge = '' AND "
        f"{_IDLE}"
        " GROUP BY e.register_id, e.item_id HAVING sum(v.cost_amount_actual) <> 0",
    ),
    "no_place_keeps_worth_without_goods": (
        "what is costed by its links is worth nothing where nothing is left of it",
        "SELECT e.item_id FROM ledger_valueentry e JOIN inventory_item i ON i.id = e.item_id"
        f" WHERE i.type = 'inventory' AND i.costing_method <> 'average' AND {_IDLE}"
        " AND NOT EXISTS (SELECT FROM ledger_entrybalance b"
        "   WHERE (b.remaining_quantity <> 0 OR NOT b.completely_invoiced) AND"
        "   (b.item_id, b.location_id, b.variant_key) = (e.item_id, e.location_id, e.variant_key))"
        " GROUP BY e.item_id, e.location_id, e.variant_key"
        " HAVING sum(e.item_ledger_entry_quantity) = 0 AND sum(e.cost_amount_actual + e.cost_amount_expected) <> 0",
    ),
    "invoicing_is_projected": (
        "a balance says when its entry was invoiced last, and whether wholly",
        "SELECT e.id FROM ledger_itemledgerentry e JOIN ledger_entrybalance b ON b.entry_id = e.id JOIN"
        " (SELECT item_ledger_entry_id AS entry, max(posting_date) FILTER (WHERE invoiced_quantity <> 0) AS invoiced_on"
        "    FROM ledger_valueentry GROUP BY 1) v ON v.entry = e.id"
        " WHERE b.last_invoice_date IS DISTINCT FROM v.invoiced_on"
        " OR (e.entry_type NOT IN ('transfer', 'consumption')"
        "     AND b.completely_invoiced <> (b.invoiced_quantity = e.quantity))",
    ),
    "entries_follow_their_registers": (
        "entries of an item are numbered in the order of their registers",
        "SELECT id FROM (SELECT id, register_id < lag(register_id) OVER (PARTITION BY item_id ORDER BY id) AS earlier"
        " FROM ledger_itemledgerentry) e WHERE earlier",
    ),
    "adjustments_name_what_they_correct": (
        "an adjustment corrects a value entry of the same item ledger entry",
        "SELECT v.id FROM ledger_valueentry v LEFT JOIN ledger_valueentry c ON c.id = v.applies_to_value_entry_id"
        " WHERE v.adjustment AND c.item_ledger_entry_id IS DISTINCT FROM v.item_ledger_entry_id",
    ),
    "copied_references_exist": (
        "what an entry names is there",
        "SELECT e.id FROM ledger_itemledgerentry e WHERE"
        " (e.applies_to_entry_id IS NOT NULL AND NOT EXISTS"
        "   (SELECT FROM ledger_itemledgerentry n WHERE n.id = e.applies_to_entry_id))"
        " OR (e.vendor_id IS NOT NULL AND NOT EXISTS (SELECT FROM inventory_vendor n WHERE n.id = e.vendor_id))"
        " OR (e.customer_id IS NOT NULL AND NOT EXISTS (SELECT FROM inventory_customer n WHERE n.id = e.customer_id))"
        " OR (e.dimension_set_id IS NOT NULL AND NOT EXISTS"
        "   (SELECT FROM inventory_dimensionset n WHERE n.id = e.dimension_set_id))",
    ),
    "reversals_mirror": (
        "a register and its reversal move nothing together",
        "SELECT r.id FROM ledger_itemregister r JOIN ledger_itemledgerentry e ON e.register_id IN (r.id, r.reverses_id)"
        " WHERE r.reverses_id IS NOT NULL GROUP BY r.id, e.item_id, e.location_id, e.variant_key"
        " HAVING sum(e.quantity) <> 0",
    ),
    **GL_CHECKS,
}
