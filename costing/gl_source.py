"""The statement that turns queued value entries into what goes into the G/L (costing-gl-posting.md §1, §4, §5).

Posting and the test report read the same statement, so that the one does what the other says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from costing.accounts import Accounts, accounts_question
from costing.gl_kinds import (
    BELONGS_TO,
    FROM_CLAIMED,
    KIND_COLUMNS,
    WHERE_CLAIMED,
    Claim,
    Kind,
    as_json,
    from_claimed,
    kinds_of,
    where_claimed,
)
from inventory.setup import Setup, setup_question
from ledger.periods import Calendar, calendar_question
from work.statements import Question, ask

PER_ENTRY, PER_POSTING_GROUP = "per_entry", "per_posting_group"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the queue is to be posted, and how: of these items and registers, dated on or before a day."""

    method: str
    document_number: str
    item_ids: list[int] | None
    until: date | None
    limit: int
    register_ids: list[int] | None = None


@dataclass(slots=True)
class Source:
    """The common table expressions `worth`, `taken`, `waiting` and `pair`, with their parameters."""

    rows: Sequence[Claim]
    kinds: Sequence[Kind] = ()
    text: str = ""
    values: list[Any] = field(default_factory=list)

    def reason(self, day: date | str | None, kind: int | None, expected: bool | None) -> str:
        """Why a value entry waits: its date, else the kind that lacks an account; blank where it is only later."""
        if day is not None:
            return f"{day} is closed for posting; open it for a moment"
        if kind is None:
            return ""
        return self.kinds[kind].expected.lacks if expected else self.kinds[kind].actual.lacks


def read_source(chosen: Chosen, *, lock: bool) -> Source:
    """What waits of what was chosen; two round trips, whatever the number of value entries.

    `lock` keeps the setup as it is until the transaction ends and takes the queue rows; what others have is skipped.
    """
    setup, rows = setup_question(lock=lock), _queued(chosen, lock=lock)
    calendar, accounts = calendar_question(), accounts_question()
    ask(setup, rows, calendar, accounts)
    if not rows.answer:
        return Source([])
    return _source(rows.answer, chosen, setup.answer, calendar.answer, accounts.answer)


def _queued(chosen: Chosen, *, lock: bool) -> Question[list[Claim]]:
    """Those that failed before come last."""
    return Question(
        "SELECT id, register_id, item_id FROM costing_costtopost"
        " WHERE (%s::bigint[] IS NULL OR item_id = ANY(%s)) AND (%s::date IS NULL OR posting_date <= %s)"
        " AND (%s::bigint[] IS NULL OR register_id = ANY(%s))"
        f" ORDER BY failure <> '', id LIMIT %s{' FOR UPDATE SKIP LOCKED' if lock else ''}",
        [chosen.item_ids, chosen.item_ids, chosen.until, chosen.until, chosen.register_ids, chosen.register_ids,
         chosen.limit],
        lambda rows: [Claim(*row) for row in rows],
    )  # fmt: skip


def _source(rows: Sequence[Claim], chosen: Chosen, setup: Setup, calendar: Calendar, accounts: Accounts) -> Source:
    grouped = chosen.method == PER_POSTING_GROUP
    kinds = kinds_of(rows, accounts, grouped=grouped)
    values: list[Any] = [setup.expected_cost_posting, closed_ranges(setup, calendar), chosen.until]
    values += [*from_claimed(rows), as_json(kinds), *where_claimed(rows)]
    text = _WORTH + (_GROUPED if grouped else _EACH)
    return Source(rows, kinds, text, [*values, *([chosen.document_number] if grouped else [])])


def closed_ranges(setup: Setup, calendar: Calendar) -> str:
    """The dates that the books do not take, as an array of date ranges (costing-gl-posting.md §5.2)."""
    found = []
    if setup.allow_posting_from:
        found.append(f"(,{setup.allow_posting_from})")
    if setup.allow_posting_to:
        found.append(f"({setup.allow_posting_to},)")
    for place, start in enumerate(calendar.starts):
        if calendar.closed[place]:
            last = place + 1 == len(calendar.starts)
            found.append(f"[{start},{'' if last else calendar.starts[place + 1]})")
    return "{" + ",".join(f'"{each}"' for each in found) + "}"


# `worth`: the value entries of the queue rows with what of them is not in the G/L, their accounts, and whether they
# are `later` than asked for, on a `closed` date, or `ready`. Expected cost goes in while that is switched on; and what
# the interim accounts hold of an item ledger entry leaves them again also when it was switched off meanwhile.
_WORTH = f"""
    worth AS MATERIALIZED (
    SELECT u.*, NOT later AND NOT closed AND (actual = 0 OR actual_debit IS NOT NULL)
                AND (expected = 0 OR expected_debit IS NOT NULL) AS ready
      FROM (SELECT v.id, v.register_id, q.item_id, i.number AS item, v.posting_date, v.document_number,
                   v.dimension_set_id, v.cost_amount_actual - coalesce(p.actual, 0) AS actual,
                   CASE WHEN v.cost_amount_expected = coalesce(p.expected, 0) THEN 0
                        WHEN s.with_expected OR EXISTS (
                             SELECT FROM ledger_valueentry o JOIN ledger_valueposting op ON op.value_entry_id = o.id
                              WHERE o.item_ledger_entry_id = v.item_ledger_entry_id AND op.expected <> 0)
                        THEN v.cost_amount_expected - coalesce(p.expected, 0) ELSE 0 END AS expected,
                   v.cost_amount_expected - coalesce(p.expected, 0) AS all_expected,
                   v.posting_date <@ ANY(s.closed) AS closed, coalesce(v.posting_date > s.until, false) AS later,
                   k.number AS kind, k.actual_debit, k.actual_credit, k.actual_bucket, k.actual_words,
                   k.expected_debit, k.expected_credit, k.expected_bucket, k.expected_words
              FROM (SELECT %s::boolean AS with_expected, %s::daterange[] AS closed, %s::date AS until) s
             CROSS JOIN {FROM_CLAIMED}
              JOIN inventory_item i ON i.id = q.item_id
              LEFT JOIN LATERAL (SELECT sum(actual) AS actual, sum(expected) AS expected
                                   FROM ledger_valueposting WHERE value_entry_id = v.id) p ON true
              LEFT JOIN json_to_recordset(%s) AS k ({KIND_COLUMNS})
                ON k.belongs_to = {BELONGS_TO} AND k.value_type = v.entry_type AND k.variance_type = v.variance_type
               AND k.location_id = v.location_id AND k.inventory_group = coalesce(v.inventory_posting_group_id, 0)
               AND k.business_group = coalesce(v.gen_business_posting_group_id, 0)
               AND k.product_group = coalesce(v.gen_product_posting_group_id, 0)
             WHERE {WHERE_CLAIMED} OFFSET 0) u),
    taken AS (SELECT id, actual, expected FROM worth WHERE ready AND (actual <> 0 OR expected <> 0)),
    waiting AS (
    SELECT DISTINCT ON (register_id, item_id) register_id, item_id,
           min(posting_date) OVER (PARTITION BY register_id, item_id) AS first_day,
           CASE WHEN closed AND NOT later THEN posting_date END AS closed_day,
           CASE WHEN NOT closed AND NOT later THEN kind END AS kind,
           actual = 0 OR actual_debit IS NOT NULL AS lacks_expected
      FROM worth WHERE NOT ready AND (actual <> 0 OR expected <> 0)
     ORDER BY register_id, item_id, later, id),
    part AS (
    SELECT id, posting_date, document_number, actual_words AS words, item, actual_debit AS debit,
           actual_credit AS credit, actual_bucket AS bucket, actual AS amount, dimension_set_id
      FROM worth WHERE ready AND actual <> 0
     UNION ALL
    SELECT id, posting_date, document_number, expected_words, item, expected_debit, expected_credit, expected_bucket,
           expected, dimension_set_id
      FROM worth WHERE ready AND expected <> 0),
"""
_EACH = """
    pair AS (
    SELECT id AS place, posting_date, document_number, left(words || ' ' || item, 100) AS description, debit, credit,
           amount, dimension_set_id, ARRAY[id] AS value_entry_ids FROM part)
"""
# Positive and negative amounts apart, so that turnover keeps its meaning (costing-gl-posting.md §5.2).
_GROUPED = """
    pair AS (
    SELECT min(id) AS place, posting_date, %s AS document_number, left(min(words), 100) AS description, debit, credit,
           sum(amount) AS amount, dimension_set_id, array_agg(id) AS value_entry_ids
      FROM part GROUP BY posting_date, bucket, debit, credit, dimension_set_id, amount < 0)
"""
