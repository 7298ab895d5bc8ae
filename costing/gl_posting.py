"""Value entries into balanced G/L entries (costing-gl-posting.md §1 to §5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from costing.accounts import Accounts, MissingAccount, pair_of, read_accounts
from inventory.setup import Setup, read_setup
from ledger import book
from ledger.choices import SourceCode
from ledger.errors import DocumentNumberMissing
from ledger.periods import Calendar, read_calendar
from ledger.records import ZERO
from work.errors import Refused

BATCH = 20_000
PER_ENTRY, PER_POSTING_GROUP = "per_entry", "per_posting_group"


class Value(NamedTuple):
    """A value entry with what of it is not in the G/L yet."""

    id: int
    register_id: int
    item_id: int
    entry_type: str
    value_type: str
    variance_type: str
    posting_date: date
    document_number: str
    location_id: int
    inventory_group: int | None
    business_group: int | None
    product_group: int | None
    dimension_set_id: int | None
    item_number: str
    actual: Decimal
    expected: Decimal


@dataclass(slots=True)
class PostedToGL:
    """What a run wrote, and what it had to leave with the reason."""

    register_id: int | None = None
    value_entries: int = 0
    gl_entries: int = 0
    left: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class _Journal:
    entries: list[tuple[int, date, str, str, Decimal, int | None]] = field(default_factory=list)
    relations: list[tuple[int, int]] = field(default_factory=list)
    postings: list[tuple[int, Decimal, Decimal]] = field(default_factory=list)


def post_costs_to_gl(
    *, method: str = PER_ENTRY, document_number: str = "", user_id: int | None = None,
    item_ids: list[int] | None = None, until: date | None = None, limit: int = BATCH,
) -> PostedToGL:  # fmt: skip
    """Take queued worth into the G/L, in one register; what lacks an account stays queued with its reason.

    Per posting group, amounts of a day and the same accounts become one pair under `document_number`, which must
    be given then; raises `Refused` if it is not.
    """
    if method == PER_POSTING_GROUP and not document_number:
        raise Refused([DocumentNumberMissing()])
    with transaction.atomic():
        setup = read_setup(lock=True)
        rows = _claim(item_ids, until, limit)
        if not rows:
            return PostedToGL()
        values = _unposted(rows, setup.expected_cost_posting)
        result, journal = PostedToGL(), _Journal()
        values = _still_open(values, setup, read_calendar(), result)
        good = _sort_out(values, read_accounts(), result)
        if method == PER_ENTRY:
            _each(good, journal)
        else:
            _grouped(good, journal, document_number)
        if journal.postings:
            result.register_id = book.append_general(
                SourceCode.INVENTORY_TO_GL, user_id, journal.entries, journal.relations, journal.postings
            )
        result.value_entries, result.gl_entries = len(journal.postings), len(journal.entries)
        _settle(rows, result)
        return result


def _claim(item_ids: list[int] | None, until: date | None, limit: int) -> list[tuple[int, int, int]]:
    """Queue rows as (id, register, item), those that failed before last; rows another worker has are skipped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, register_id, item_id FROM costing_costtopost"
            " WHERE (%s::bigint[] IS NULL OR item_id = ANY(%s)) AND (%s::date IS NULL OR posting_date <= %s)"
            " ORDER BY failure <> '', id LIMIT %s FOR UPDATE SKIP LOCKED",
            [item_ids, item_ids, until, until, limit],
        )
        rows: list[tuple[int, int, int]] = cursor.fetchall()
        return rows


def _unposted(rows: Sequence[tuple[int, int, int]], with_expected: bool) -> list[Value]:
    with connection.cursor() as cursor:
        cursor.execute(_UNPOSTED, [with_expected, [row[1] for row in rows], [row[2] for row in rows]])
        return [value for row in cursor.fetchall() if (value := Value(*row)).actual or value.expected]


_UNPOSTED = """
    SELECT v.id, v.register_id, v.item_id, v.item_ledger_entry_type, v.entry_type, v.variance_type, v.posting_date,
           v.document_number, v.location_id, v.inventory_posting_group_id, v.gen_business_posting_group_id,
           v.gen_product_posting_group_id, v.dimension_set_id, i.number,
           v.cost_amount_actual - coalesce(p.actual, 0),
           CASE WHEN %s OR p.expected <> 0 THEN v.cost_amount_expected - coalesce(p.expected, 0) ELSE 0 END
      FROM unnest(%s::bigint[], %s::bigint[]) AS q (register_id, item_id)
      JOIN ledger_valueentry v ON v.register_id = q.register_id AND v.item_id = q.item_id AND v.inventoriable
      JOIN inventory_item i ON i.id = v.item_id
      LEFT JOIN LATERAL (SELECT sum(actual) AS actual, sum(expected) AS expected
                           FROM ledger_valueposting WHERE value_entry_id = v.id) p ON true
     ORDER BY v.id
"""
Paired = tuple[Value, int, int, Decimal]


def _still_open(values: Sequence[Value], setup: Setup, calendar: Calendar, result: PostedToGL) -> list[Value]:
    """Only what the books still take: closed accounting periods and other dates wait (costing-gl-posting.md §5.2)."""
    first, last = setup.allow_posting_from or date.min, setup.allow_posting_to or date.max
    good = []
    for value in values:
        day = value.posting_date
        if first <= day <= last and not calendar.books_are_closed(day):
            good.append(value)
        else:
            result.left[value.register_id, value.item_id] = f"{day} is closed for posting; open it for a moment"
    return good


def _sort_out(values: Sequence[Value], accounts: Accounts, result: PostedToGL) -> list[Paired]:
    """Each amount with its two accounts; an entry that lacks one is left whole."""
    good: list[Paired] = []
    for value in values:
        pairs: list[Paired] = []
        for amount, expected in ((value.actual, False), (value.expected, True)):
            if not amount:
                continue
            found = [
                accounts.find(role, value.location_id, value.inventory_group, value.business_group, value.product_group)
                for role in pair_of(value.entry_type, value.value_type, value.variance_type, expected=expected)
            ]
            missing = [each for each in found if isinstance(each, MissingAccount)]
            if missing:
                result.left[value.register_id, value.item_id] = f"{missing[0].setup} lacks the {missing[0].account}"
                break
            pairs.append((value, int(found[0]), int(found[1]), amount))  # type: ignore[arg-type]
        else:
            good += pairs
    return good


def _each(good: Sequence[Paired], journal: _Journal) -> None:
    for value, debit, credit, amount in good:
        words = f"{value.value_type.capitalize()} {value.entry_type.replace('_', ' ')} {value.item_number}"
        _pair(journal, value.posting_date, value.document_number, words[:100], debit, credit, amount,
              value.dimension_set_id, [value.id])  # fmt: skip
    _note(good, journal)


def _grouped(good: Sequence[Paired], journal: _Journal, document_number: str) -> None:
    """Positive and negative amounts apart, so that turnover keeps its meaning (costing-gl-posting.md §5.2)."""
    groups: dict[tuple[object, ...], list[Paired]] = defaultdict(list)
    for each in good:
        value, debit, credit, amount = each
        key = (value.posting_date, debit, credit, value.location_id, value.inventory_group, value.business_group,
               value.product_group, value.dimension_set_id, amount < 0)  # fmt: skip
        groups[key].append(each)
    for members in groups.values():
        value, debit, credit, _ = members[0]
        total = sum((amount for *_, amount in members), ZERO)
        words = f"Inventory cost of {len(members)} entries on {value.posting_date}"
        _pair(journal, value.posting_date, document_number, words, debit, credit, total, value.dimension_set_id,
              [member[0].id for member in members])  # fmt: skip
    _note(good, journal)


def _pair(
    journal: _Journal, day: date, number: str, words: str, debit: int, credit: int, amount: Decimal,
    dimensions: int | None, value_ids: Sequence[int],
) -> None:  # fmt: skip
    place = len(journal.entries)
    journal.entries.append((debit, day, number, words, amount, dimensions))
    journal.entries.append((credit, day, number, words, -amount, dimensions))
    journal.relations += [(place + side, value) for value in value_ids for side in (0, 1)]


def _note(good: Sequence[Paired], journal: _Journal) -> None:
    """One posting row for each value entry, with all of it that went in."""
    seen: dict[int, Value] = {value.id: value for value, *_ in good}
    journal.postings += [(value.id, value.actual, value.expected) for value in seen.values()]


def _settle(rows: Sequence[tuple[int, int, int]], result: PostedToGL) -> None:
    """Delete exactly the rows that were dealt with; the others say why they are still there."""
    done = [row for row in rows if (row[1], row[2]) not in result.left]
    kept = [row for row in rows if (row[1], row[2]) in result.left]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM costing_costtopost WHERE id = ANY(%s)", [[row[0] for row in done]])
        if kept:
            cursor.execute(
                "UPDATE costing_costtopost c SET failure = n.reason"
                " FROM unnest(%s::bigint[], %s::text[]) AS n (id, reason) WHERE c.id = n.id",
                [[row[0] for row in kept], [result.left[row[1], row[2]] for row in kept]],
            )
