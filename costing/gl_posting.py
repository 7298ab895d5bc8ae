"""Value entries into balanced G/L entries (costing-gl-posting.md §1 to §5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction

from costing.gl_kinds import Claim
from costing.gl_source import PER_ENTRY, PER_POSTING_GROUP, Chosen, Source, read_source
from ledger import book
from ledger.choices import SourceCode
from ledger.errors import DocumentNumberMissing
from work.errors import Refused

BATCH = 20_000
__all__ = ["BATCH", "PER_ENTRY", "PER_POSTING_GROUP", "PostedToGL", "post_costs_to_gl"]


@dataclass(slots=True)
class PostedToGL:
    """What a run wrote, and what it had to leave with the reason.

    `skipped` are value entries whose expected cost is not posted since that is switched off; `rows` left the queue.
    """

    register_id: int | None = None
    value_entries: int = 0
    gl_entries: int = 0
    left: dict[tuple[int, int], str] = field(default_factory=dict)
    skipped: int = 0
    rows: int = 0

    @property
    def moved(self) -> bool:
        """Something was dealt with, so that another run may find more behind it."""
        return bool(self.rows or self.value_entries)


def post_costs_to_gl(
    *, method: str = PER_ENTRY, document_number: str = "", user_id: int | None = None,
    item_ids: list[int] | None = None, until: date | None = None, limit: int = BATCH,
    register_ids: list[int] | None = None,
) -> PostedToGL:  # fmt: skip
    """Take queued worth into the G/L, in one register; what lacks an account stays queued with its reason.

    Of `limit` queue rows, those of `item_ids` and `register_ids` where these are given, what is dated on or before
    `until`. Per posting group, amounts of a day and the same accounts become one pair under `document_number`, which
    must be given then; raises `Refused` if it is not. A fixed number of statements, whatever the number of entries.
    """
    chosen = Chosen(method, document_number, item_ids, until, limit, register_ids)
    check_document_number(chosen)
    with transaction.atomic():
        source = read_source(chosen, lock=True)
        if not source.rows:
            return PostedToGL()
        register_id, values, entries, skipped, waiting = book.append_general(
            SourceCode.INVENTORY_TO_GL, user_id, source.text, source.values, [_SKIPPED, _WAITING]
        )
        result = PostedToGL(register_id, values, entries, skipped=skipped)
        _settle(source, waiting or [], result)
        return result


_SKIPPED = "(SELECT count(*) FROM worth WHERE all_expected <> expected)"
_WAITING = """(SELECT array_agg(json_build_array(register_id, item_id, first_day, closed_day, kind, lacks_expected))
                 FROM waiting)"""


def check_document_number(chosen: Chosen) -> None:
    """Raises `Refused` where sums of many entries would have no number."""
    if chosen.method == PER_POSTING_GROUP and not chosen.document_number:
        raise Refused([DocumentNumberMissing()])


def _settle(source: Source, waiting: Sequence[Sequence[Any]], result: PostedToGL) -> None:
    """Delete exactly the rows that were dealt with; the others say why they are there, and since which date."""
    reasons: dict[tuple[int, int], tuple[str, str]] = {}
    for register, item, first_day, closed_day, kind, lacks_expected in waiting:
        reason = source.reason(closed_day, kind, lacks_expected)
        reasons[register, item] = first_day, reason
        if reason:
            result.left[register, item] = reason
    kept = [(row, *reasons[row[1:]]) for row in source.rows if row[1:] in reasons]
    done = [row for row in source.rows if row[1:] not in reasons]
    result.rows = len(done)
    _write(done, kept)


def _write(done: Sequence[Claim], kept: Sequence[tuple[Claim, str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM costing_costtopost WHERE id = ANY(%s)", [[row.id for row in done]])
        if kept:
            cursor.execute(
                "UPDATE costing_costtopost c SET failure = n.reason, posting_date = n.day"
                " FROM unnest(%s::bigint[], %s::date[], %s::text[]) AS n (id, day, reason) WHERE c.id = n.id",
                [[row.id for row, *_ in kept], [day for _, day, _ in kept], [reason for *_, reason in kept]],
            )
