"""Standing invariants between value entries, the queue and the general ledger (costing-gl-posting.md §3, §4, §8.2)."""

# The worth of capacity is work in process, not inventory; it waits under the item that its order makes.
_OF_THE_GL = "(v.inventoriable OR v.item_id IS NULL)"
_ITEM = "coalesce(v.item_id, c.item_id)"
_CAPACITY = "LEFT JOIN ledger_capacityledgerentry c ON c.id = v.capacity_ledger_entry_id"
_QUEUED = f"EXISTS (SELECT FROM costing_costtopost q WHERE q.register_id = v.register_id AND q.item_id = {_ITEM})"
_POSTED = "SELECT value_entry_id, sum(actual) AS actual, sum(expected) AS expected FROM ledger_valueposting GROUP BY 1"
# What the interim accounts hold of each item ledger entry, and whether something of it still waits to go in or out.
_INTERIM = f"""
    (SELECT v.item_ledger_entry_id AS entry, sum(v.cost_amount_expected) AS expected,
            sum(coalesce(p.expected, 0)) AS posted, bool_or(p.expected <> 0) AS began,
            bool_or(v.cost_amount_expected <> coalesce(p.expected, 0) AND {_QUEUED}) AS waits
       FROM ledger_valueentry v {_CAPACITY} LEFT JOIN ({_POSTED}) p ON p.value_entry_id = v.id
      WHERE v.inventoriable AND (v.cost_amount_expected <> 0 OR p.expected <> 0) GROUP BY 1)
"""


def _holding(role: str, total: str) -> str:
    """The sum of accounts of a role, today's and former ones, where it differs from what went in."""
    return (
        f"SELECT g.total::bigint FROM (SELECT coalesce(sum(amount), 0) AS total FROM ledger_glentry WHERE account_id IN"
        f"   (SELECT {role}_account_id FROM costing_inventorypostingsetup UNION"
        f"    SELECT {role}_account_id FROM costing_inventorypostingsetupevent)"
        "   AND source_code = 'inventory_to_gl') g,"
        f" (SELECT coalesce(sum({total}), 0) AS total FROM ledger_valueposting p"
        "   JOIN ledger_valueentry v ON v.id = p.value_entry_id WHERE v.item_id IS NOT NULL) p WHERE g.total <> p.total"
    )


GL_CHECKS: dict[str, tuple[str, str]] = {
    "gl_registers_balance": (
        "debit equals credit in each G/L register",
        "SELECT register_id FROM ledger_glentry GROUP BY register_id HAVING sum(amount) <> 0",
    ),
    "gl_pairs_balance": (
        "debit equals credit in what one register posted of a value entry",
        "SELECT r.value_entry_id FROM ledger_glrelation r JOIN ledger_glentry g ON g.id = r.gl_entry_id"
        " GROUP BY r.value_entry_id, g.register_id HAVING sum(g.amount) <> 0",
    ),
    "gl_takes_no_more_than_there_is": (
        "no more of a value entry is in the G/L than it is worth",
        f"SELECT v.id FROM ({_POSTED}) p JOIN ledger_valueentry v ON v.id = p.value_entry_id"
        " WHERE p.actual <> v.cost_amount_actual OR p.expected NOT IN (0, v.cost_amount_expected)",
    ),
    "unposted_worth_is_queued": (
        "what is not in the G/L yet waits in the queue",
        f"SELECT v.id FROM ledger_valueentry v {_CAPACITY} LEFT JOIN ({_POSTED}) p ON p.value_entry_id = v.id"
        f" WHERE {_OF_THE_GL} AND v.cost_amount_actual <> coalesce(p.actual, 0) AND NOT {_QUEUED}",
    ),
    "unposted_expected_cost_is_queued": (
        "expected cost waits in the queue while it is to be posted, or once some of its entry was",
        f"SELECT entry FROM {_INTERIM} i, inventory_inventorysetup s WHERE expected <> posted AND NOT waits"
        " AND (s.expected_cost_posting OR began)",
    ),
    "invoiced_leaves_the_interim_accounts": (
        "nothing of a fully invoiced entry stays in the interim accounts",
        f"SELECT entry FROM {_INTERIM} i JOIN ledger_entrybalance b ON b.entry_id = i.entry"
        " JOIN ledger_itemledgerentry e ON e.id = i.entry"
        " WHERE b.invoiced_quantity = e.quantity AND posted <> 0 AND NOT waits",
    ),
    "gl_explains_itself": (
        "each G/L entry from inventory names the worth that it came from",
        "SELECT g.id FROM ledger_glentry g LEFT JOIN"
        " (SELECT r.gl_entry_id FROM ledger_glrelation r GROUP BY 1) r ON r.gl_entry_id = g.id"
        " WHERE g.source_code = 'inventory_to_gl' AND r.gl_entry_id IS NULL",
    ),
    "gl_amounts_are_explained": (
        "a G/L entry from inventory is the sum of what its register took over of the value entries it names",
        "SELECT g.id FROM ledger_glentry g JOIN ledger_glrelation r ON r.gl_entry_id = g.id"
        " LEFT JOIN ledger_valueposting p ON p.value_entry_id = r.value_entry_id AND p.register_id = g.register_id"
        " WHERE g.source_code = 'inventory_to_gl' GROUP BY g.id"
        " HAVING count(*) <> count(p.id) OR abs(g.amount) NOT IN (abs(sum(p.actual)), abs(sum(p.expected)))",
    ),
    "gl_postings_are_whole": (
        "what a register took over of value entries is the sum of its debits, as its relations have it",
        "SELECT p.register_id FROM (SELECT register_id, sum(abs(actual) + abs(expected)) AS total"
        "   FROM ledger_valueposting GROUP BY 1) p LEFT JOIN (SELECT register_id, sum(abs(amount)) / 2 AS total"
        "   FROM ledger_glentry GROUP BY 1) g ON g.register_id = p.register_id WHERE g.total IS DISTINCT FROM p.total",
    ),
    "inventory_accounts_hold_the_value": (
        "the inventory accounts, today's and former ones, hold what was taken over of the worth of items",
        _holding("inventory", "p.actual"),
    ),
    "interim_accounts_hold_the_expected_cost": (
        "the interim accounts, today's and former ones, hold what was taken over of expected cost",
        _holding("inventory_interim", "p.expected"),
    ),
    "finished_orders_leave_no_work_in_process": (
        "what went into a finished production order came out of it, once its item is adjusted",
        f"SELECT min(o.id) FROM costing_ordercost o JOIN ledger_valueentry v ON {_OF_THE_GL} AND"
        " (v.order_type, v.order_number, v.order_line) = (o.order_type, o.order_number, o.order_line)"
        " WHERE o.order_type = 'production' AND o.finished"
        " AND NOT EXISTS (SELECT FROM costing_costtoforward q WHERE q.item_id = o.item_id)"
        " GROUP BY o.order_number, o.order_line"
        " HAVING sum(v.item_ledger_entry_quantity) FILTER (WHERE v.item_ledger_entry_type = 'output') <> 0"
        " AND sum(CASE WHEN v.item_ledger_entry_type = '' THEN v.cost_amount_actual"
        "   WHEN v.item_ledger_entry_type = 'consumption' AND v.entry_type = 'direct' THEN -v.cost_amount_actual"
        "   WHEN v.item_ledger_entry_type = 'output' AND v.entry_type = 'direct'"
        "   THEN -v.cost_amount_actual - v.cost_amount_expected"
        "   WHEN v.item_ledger_entry_type = 'output' AND v.entry_type = 'revaluation' THEN -v.cost_amount_expected"
        "   ELSE 0 END) <> 0",
    ),
    "queues_name_registers_that_touch_the_item": (
        "what waits to be posted names a register that moved worth of that item, or of the work on it",
        "SELECT q.id FROM costing_costtopost q WHERE NOT EXISTS (SELECT FROM ledger_valueentry v"
        f" {_CAPACITY} WHERE v.register_id = q.register_id AND {_ITEM} = q.item_id)",
    ),
}
