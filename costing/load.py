"""What the solver needs of some items: their entries from a day on, the links between these, and what they come from.

Most entries are worth one amount; those are read in one stream, and only the others in all their parts. What lies
outside (see `Node.outside`) is read as far as the entries inside depend on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from costing.load_details import load_details, load_documents
from costing.nodes import Link, Node, add_use
from ledger.choices import EntryType
from ledger.records import ZERO

Nodes = dict[int, Node]
ROWS = 20_000  # are fetched at a time, so that a million entries do not wait in memory as rows


class Want(NamedTuple):
    """An item, the day from which on its entries are to be solved (none: all of them), and whether it is averaged.

    `besides` are entries that are wanted wherever they lie.
    """

    item_id: int
    since: date | None
    averaged: bool
    besides: Sequence[int] = ()


def load_nodes(wants: Sequence[Want]) -> dict[int, Nodes]:
    """The entries of these items, linked, by item; a fixed number of statements, whatever their number."""
    nodes: dict[int, Nodes] = {want.item_id: {} for want in wants}
    asked: list[Any] = [[want.item_id for want in wants], [want.since or date.min for want in wants]]
    averaged = [want.item_id for want in wants if want.averaged]
    every: Nodes = {}
    wanted = _SINCE
    if len(wants) == 1:  # the planner knows how much of one item is valued from a day on
        wanted, asked = _ONE_SINCE, [asked[0][0], asked[1][0]]
    inside = _read(nodes, every, wanted, [*asked, averaged])
    _hang_sources(every, wanted, asked)
    missing = {link.source for node in inside for link in node.sources if link.source not in every}
    missing |= {entry for want in wants if want.since for entry in want.besides if entry not in every}
    outside = _read_outside(nodes, every, missing, averaged)
    for node in inside:
        for link in node.sources:
            add_use(every[link.source], link)
    _complete_uses(nodes, every, outside, averaged)
    load_documents({node.id: node for node in inside if node.invoices != 1 or node.invoiced != node.quantity})
    return nodes


def _read_outside(nodes: dict[int, Nodes], every: Nodes, entries: set[int], averaged: list[int]) -> list[Node]:
    found = _read(nodes, every, _BY_ID, [sorted(entries), averaged]) if entries else []
    for node in found:
        node.outside = True
    return found


def _complete_uses(nodes: dict[int, Nodes], every: Nodes, outside: Iterable[Node], averaged: list[int]) -> None:
    """Of receipts outside that are used up also the other issues: the last cents depend on all of them."""
    closed = [node.id for node in outside if node.quantity > 0 and not node.remaining]
    if not closed:
        return
    with connection.cursor() as cursor:
        cursor.execute(_USES, [closed])
        links = [Link(source, target, taken, carries, "use") for source, target, taken, carries in cursor.fetchall()]
    earlier = [link for link in links if link.target not in every or every[link.target].outside]
    _read_outside(nodes, every, {link.target for link in earlier} - every.keys(), averaged)
    for link in earlier:
        add_use(every[link.source], link)


# ------------------------------------------------------------------ entries


def _read(nodes: dict[int, Nodes], every: Nodes, wanted: str, values: Sequence[Any]) -> list[Node]:
    """Read entries into `nodes` and `every`; returns those that came in."""
    found: list[Node] = []
    parts: dict[int, int] = {}
    same: dict[Any, Any] = {}  # one object for equal amounts and dates: they are most of what an entry needs
    keep = same.setdefault
    for (
        item_id, entry, quantity, left, place, variant, posted, valued, kind, final, by_average, exact, cost, first,
        per_unit, correction, plain,
    ) in _rows(_ENTRIES.format(wanted=wanted), values):  # fmt: skip
        if not plain:
            parts[entry] = item_id
            continue
        quantity = keep(quantity, quantity)
        node = Node(
            entry, quantity, keep(left, left), place, variant, keep(posted, posted), keep(valued, valued),
            keep(kind, kind), final, by_average, exact, keep(cost, cost), ZERO, ZERO, ZERO, ZERO, ZERO, first,
            keep(per_unit, per_unit), correction, quantity, ZERO, ZERO, first,
        )  # fmt: skip
        nodes[item_id][entry] = every[entry] = node
        found.append(node)
    for entry, node in load_details(list(parts)).items():
        nodes[parts[entry]][entry] = every[entry] = node
        found.append(node)
    return found


def _rows(text: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_FOR_MANY_ROWS)
    with connection.chunked_cursor() as cursor:
        cursor.execute(text, values)
        while rows := cursor.fetchmany(ROWS):
            yield from rows


_FOR_MANY_ROWS = """
    SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true),
           set_config('cursor_tuple_fraction', '1', true)
"""
_SINCE = """
    unnest(%s::bigint[], %s::date[]) AS q (item_id, since)
      JOIN ledger_entrybalance b ON b.item_id = q.item_id AND b.valuation_date >= q.since
"""
_ONE_SINCE = "(SELECT * FROM ledger_entrybalance WHERE item_id = %s AND valuation_date >= %s) AS b"
_BY_ID = """
    unnest(%s::bigint[]) AS q (entry_id) JOIN ledger_entrybalance b ON b.entry_id = q.entry_id
"""
# The last column says that an entry is worth one amount, which one row and its adjustments make up. That it is valued
# by average may have been changed later, of issues of averaged items only.
_ENTRIES = f"""
    SELECT b.item_id, e.id, e.quantity, b.remaining_quantity, e.location_id, e.variant_key, e.posting_date,
           b.valuation_date, e.entry_type, b.completely_invoiced, coalesce(c.valued_by_average_cost, v.averaged),
           e.entry_type = '{EntryType.PURCHASE}' AND e.quantity < 0 AND e.applies_to_entry_id IS NOT NULL,
           v.cost, v.first, v.cost_per_unit, e.correction,
           v.plain AND e.order_number = '' AND b.invoiced_quantity = e.quantity
      FROM {{wanted}}
      JOIN ledger_itemledgerentry e ON e.id = b.entry_id
     CROSS JOIN LATERAL (
           SELECT bool_or(valued_by_average_cost AND NOT adjustment) AS averaged, sum(cost_amount_actual) AS cost,
                  min(id) AS first, max(cost_per_unit) FILTER (WHERE NOT adjustment) AS cost_per_unit,
                  count(*) FILTER (WHERE NOT adjustment) = 1
                      AND bool_and(entry_type = 'direct' AND item_charge = '' AND cost_amount_expected = 0
                                   AND cost_amount_non_inventoriable = 0) AS plain
             FROM ledger_valueentry WHERE item_ledger_entry_id = e.id) v
      LEFT JOIN LATERAL (
           SELECT valued_by_average_cost FROM ledger_valuationchange
            WHERE value_entry_id = v.first AND e.quantity < 0 AND e.item_id = ANY(%s)
            ORDER BY id DESC LIMIT 1) c ON true
     ORDER BY e.id
"""

# ------------------------------------------------------------------ links


def _hang_sources(every: Nodes, wanted: str, asked: Sequence[Any]) -> None:
    """Give each entry inside the links to what it was taken from; equal ones add up."""
    several: list[Node] = []
    taken: dict[Decimal, Decimal] = {}  # one object for equal quantities
    for owner, inbound, outbound, supply, quantity, carries in _rows(_LINKS.format(wanted=wanted), asked):
        node = every[owner]
        if owner == outbound:
            link = Link(inbound, owner, taken.get(quantity) or taken.setdefault(quantity, -quantity), carries, "use")
        elif supply is not None:
            link = Link(supply, owner, quantity, True, "supply")
        else:
            link = Link(outbound, owner, quantity, carries, "return")
        if isinstance(node.sources, list):
            node.sources.append(link)
            several.append(node)
        else:
            node.sources = [link]
    for node in several:
        node.sources = _merged(node.sources)


def _merged(links: Sequence[Link]) -> list[Link]:
    """One link for each source: parts that were linked one after another, and links that were taken back."""
    found: dict[tuple[int, str, bool], Link] = {}
    for link in sorted(links, key=lambda link: link.source):
        key = (link.source, link.kind, link.carries_cost)
        known = found.get(key)
        found[key] = link if known is None else known._replace(quantity=known.quantity + link.quantity)
    return [link for link in found.values() if link.quantity]


_LINKS = """
    SELECT a.item_ledger_entry_id, a.inbound_entry_id, a.outbound_entry_id, a.transferred_from_entry_id, a.quantity,
           a.cost_application
      FROM {wanted} JOIN ledger_itemapplicationentry a ON a.item_ledger_entry_id = b.entry_id
     WHERE a.outbound_entry_id IS NOT NULL
"""
_USES = """
    SELECT inbound_entry_id, outbound_entry_id, -sum(quantity), cost_application
      FROM ledger_itemapplicationentry
     WHERE inbound_entry_id = ANY(%s) AND item_ledger_entry_id = outbound_entry_id
     GROUP BY 1, 2, 4 HAVING sum(quantity) <> 0
     ORDER BY 1, 2
"""
