"""The test report of posting to the G/L: what a run would post, and every problem, without posting (§5.2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from costing.gl_posting import BATCH, check_document_number
from costing.gl_source import PER_ENTRY, Chosen, Source, read_source
from work.statements import Question, ask

MOST_PROBLEMS = 1_000
_SKIPPED = "Expected cost is not posted while expected cost posting is off; switch it on in the inventory setup"


@dataclass(frozen=True, slots=True)
class Problem:
    """A value entry that would stay out of the G/L, wholly or with its expected cost, and why."""

    value_entry: int
    register: int
    item: str
    posting_date: date
    document_number: str
    actual: Decimal
    expected: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Total:
    """What an account would get, both above zero."""

    account: str
    name: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run would write, by account, and its problems: the first thousand, and how many there are."""

    value_entries: int = 0
    gl_entries: int = 0
    totals: tuple[Total, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0


def check_costs_to_gl(
    *, method: str = PER_ENTRY, document_number: str = "", item_ids: list[int] | None = None, until: date | None = None,
    limit: int = BATCH,
) -> Checked:  # fmt: skip
    """The same computation as `post_costs_to_gl` for the same choice, locking and writing nothing."""
    chosen = Chosen(method, document_number, item_ids, until, limit)
    check_document_number(chosen)
    source = read_source(chosen, lock=False)
    if not source.rows:
        return Checked()
    totals: Question[list[Any]] = Question(f"WITH {source.text} {_TOTALS}", source.values, lambda rows: rows)
    problems: Question[list[Any]] = Question(
        f"WITH {source.text} {_PROBLEMS}", [*source.values, MOST_PROBLEMS], lambda rows: rows
    )
    ask(totals, problems)
    (values, entries, *_), *rows = totals.answer
    return Checked(
        value_entries=values,
        gl_entries=entries,
        totals=tuple(Total(*row[2:]) for row in rows),
        problems=tuple(_problem(source, row) for row in problems.answer),
        problem_count=problems.answer[0][-1] if problems.answer else 0,
    )


def _problem(source: Source, row: tuple[Any, ...]) -> Problem:
    reason = source.reason(*row[7:10]) or _SKIPPED
    return Problem(*[*row[:7], reason])


# The counts in the first row, then the accounts.
_TOTALS = """
    SELECT (SELECT count(*) FROM taken), (SELECT 2 * count(*) FROM pair), '', '', 0, 0
     UNION ALL
    (SELECT 0, 0, a.number, a.name, coalesce(sum(amount) FILTER (WHERE amount > 0), 0),
            coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)
       FROM (SELECT debit AS account_id, amount FROM pair UNION ALL SELECT credit, -amount FROM pair) s
       JOIN ledger_glaccount a ON a.id = s.account_id
      GROUP BY a.number, a.name ORDER BY a.number)
"""
_PROBLEMS = """
    SELECT id, register_id, item, posting_date, document_number, actual, all_expected,
           CASE WHEN NOT ready AND closed THEN posting_date END, CASE WHEN NOT ready AND NOT closed THEN kind END,
           actual = 0 OR actual_debit IS NOT NULL, count(*) OVER ()
      FROM worth
     WHERE NOT later AND ((NOT ready AND (actual <> 0 OR expected <> 0)) OR all_expected <> expected)
     ORDER BY id LIMIT %s
"""
