"""Post item journals: whole or not at all, and remove exactly the lines that were posted (decisions 12 to 16)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from costing import queue
from costing.preview import preview_of
from inventory.models import NumberSeries
from inventory.numbering import next_numbers
from inventory.numbers import round_to
from inventory.setup import Setup, setup_question
from inventory.units import to_base
from ledger.choices import EntryType, SourceCode
from ledger.locks import lock_items, waiting_is_bounded
from ledger.records import NewRegister, State
from posting import errors
from posting.errors import PostingError
from posting.lines import PostingLine
from posting.post import Posted, post_lines
from posting.to_post import (
    ALL_LINES,
    CHOSEN,
    CHOSEN_LINES,
    ITEMS_OF_LINES,
    LINE_NAMES,
    SAME,
    Batch,
    batch_question,
    unreadable,
)
from users.models import User
from work import idempotency
from work.errors import Refusal, Refused
from work.statements import Question, Sending, answer_to, ask

CHUNK = 5_000  # lines that are held at once
Idempotent = tuple[str, Mapping[str, Any]]


class LineVersion(NamedTuple):
    """A journal line as the poster saw it."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class PostingAnswer:
    """What a posting did; `hit` says that it had been done before under the same key."""

    register_id: int | None
    lines_posted: int
    item_entries: int
    value_entries: int
    document_numbers: list[str] = field(default_factory=list)
    hit: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic(durable=True)
def post_journal(
    batch_id: int, lines: Sequence[LineVersion] = (), *, posted_by: User, idempotency_key: Idempotent | None = None
) -> PostingAnswer:
    """Post these lines of a batch, or all of them, whole or not at all.

    Raises `Refused` with every reason; then nothing was written and the journal is as it was.
    `idempotency_key` is (key, request body): the same key and body get the same answer again.
    """
    return once("post_journal", posted_by, idempotency_key, lambda: _post_journal(batch_id, lines, posted_by))


def post_inside(batch_id: int, lines: Sequence[LineVersion], *, posted_by: User) -> PostingAnswer:
    """Post these lines in the transaction of a caller who has made them in it, as an import does.

    Raises `Refused`; then the caller must not commit.
    """
    assert transaction.get_connection().in_atomic_block
    return PostingAnswer(**_post_journal(batch_id, lines, posted_by))


@transaction.atomic(durable=True)
def post_valid_lines(
    batch_id: int, lines: Sequence[LineVersion] = (), *, posted_by: User, idempotency_key: Idempotent | None = None
) -> PostingAnswer:
    """Post the lines that pass the check and leave the others in the journal (decision 14)."""
    return once("post_valid_lines", posted_by, idempotency_key, lambda: _post_valid(batch_id, lines, posted_by))


def check_journal(batch_id: int, lines: Sequence[LineVersion] = (), *, user: User) -> list[Refusal]:
    """Everything that posting these lines would be refused for; nothing is written."""
    with transaction.atomic():
        problems = _problems(batch_id, lines, user)
        transaction.set_rollback(True)
    return problems


def preview_journal(batch_id: int, lines: Sequence[LineVersion] = (), *, posted_by: User) -> dict[str, Any]:
    """What posting would write, with adjusted costs and G/L entries: done in a transaction that is rolled back.

    Raises `Refused` as posting would.
    """
    with transaction.atomic(durable=True):
        answer = _Inner(batch_id, lines, posted_by, preview=True).run()
        shown = preview_of(answer.posted.written.register_id, answer.posted.item_ids)
        transaction.set_rollback(True)
    return shown


def once(verb: str, user: User, key: Idempotent | None, act: Callable[[], dict[str, Any]]) -> PostingAnswer:
    """Act under an idempotency key: the first time do it, afterwards give the same answer (decision 16)."""
    if key is None:
        return PostingAnswer(**act())
    stored = idempotency.begin(user.pk, key[0], verb, key[1])
    if stored.answer is not None:
        return PostingAnswer(**{**stored.answer, "hit": True})
    answer = act()
    idempotency.finish(stored, 201, answer)
    return PostingAnswer(**answer)


def _post_journal(batch_id: int, lines: Sequence[LineVersion], user: User) -> dict[str, Any]:
    return _Inner(batch_id, lines, user).run().answer


def _post_valid(batch_id: int, lines: Sequence[LineVersion], user: User) -> dict[str, Any]:
    """Leave out what is refused until nothing is; a line may fail only because of one that was left out."""
    chosen = [LineVersion(*row) for row in _versions(batch_id)] if not lines else list(lines)
    while chosen:
        point = transaction.savepoint()
        try:
            answer = _post_journal(batch_id, chosen, user)
        except Refused as refused:
            transaction.savepoint_rollback(point)
            bad = {problem.line for problem in refused.refusals}
            if not bad or None in bad:
                raise
            chosen = [line for line in chosen if line.id not in bad]
            continue
        transaction.savepoint_commit(point)
        return answer
    raise Refused([errors.NothingToPost()])


def _problems(batch_id: int, lines: Sequence[LineVersion], user: User) -> list[Refusal]:
    try:
        _Inner(batch_id, lines, user, preview=True).run()
    except Refused as refused:
        return list(refused.refusals)
    return []


@dataclass(frozen=True, slots=True)
class _Outcome:
    posted: Posted
    answer: dict[str, Any]


@dataclass(slots=True)
class _Inner:
    """The inner verb, which preview calls as well. Locks: setup, batch, lines, items, number series."""

    batch_id: int
    lines: Sequence[LineVersion]
    user: User
    preview: bool = False
    _problems: list[PostingError] = field(default_factory=list)
    _documents: dict[str, str] = field(default_factory=dict)
    _numbered_on: date | None = None
    _count: int = 0

    def run(self) -> _Outcome:
        """Raises `ItemBusy` when any lock is not given in time."""
        with waiting_is_bounded():
            return self._run()

    def _run(self) -> _Outcome:
        asked, journal, lines = setup_question(lock=True), batch_question(self.batch_id), self._lines_question()
        ask(asked, journal, lines)
        setup, batch, rows = asked.answer, journal.answer, lines.answer
        source = SourceCode.RECLASSIFICATION if batch.transfers else SourceCode.ITEM_JOURNAL
        register = NewRegister(source, self.user.pk, batch.name)
        if max(len(rows), len(self.lines)) > CHUNK:
            rows.clear()
            posted = self._post_chunks(batch, setup, register)
        else:
            self._check_rows(rows, [line.id for line in self.lines])
            posted = self._post(rows, batch, setup, register)
        written = posted.written
        answer = {
            "register_id": written.register_id,
            "lines_posted": self._count,
            "item_entries": written.item_entries,
            "value_entries": written.value_entries,
            "document_numbers": list(self._documents.values()),
        }
        return _Outcome(posted, answer)

    def _post(
        self, rows: list[dict[str, Any]], batch: Batch, setup: Setup, register: NewRegister,
        collect: list[PostingError] | None = None,
    ) -> Posted:  # fmt: skip
        """Post what these rows say and delete them."""
        posting_lines = [made for row in rows if (made := self._line(row, batch, setup)) is not None]
        ids = [row["id"] for row in rows]
        self._count += len(ids)
        rows.clear()  # of a long journal they would be the larger part of what is held
        self._check_numbers(batch, posting_lines)
        with Sending() as sending:
            posted = post_lines(posting_lines, setup, register, sending, refusals=self._problems, collect=collect)
            sending.add("DELETE FROM posting_itemjournalline WHERE id = ANY(%s)", [ids])
        return posted

    def _post_chunks(self, batch: Batch, setup: Setup, register: NewRegister) -> Posted:
        """A journal too long to hold: chunk by chunk under one register, each seeing what those before it left.

        All items are locked first, in their order. What is refused is refused in the end, all of it (decision 12).
        """
        chosen = self._chosen()
        lock_items(answer_to(Question(ITEMS_OF_LINES, [chosen], lambda found: [row[0] for row in found])))
        entries, values, states, refused = 0, 0, dict[int, State](), list[PostingError]()
        for start in range(0, len(chosen), CHUNK):
            ids = chosen[start : start + CHUNK]
            rows = answer_to(Question(CHOSEN_LINES, [ids], self._rows))
            self._check_rows(rows, ids)
            posted = self._post(rows, batch, setup, register, refused)
            self._problems.clear()
            register.written = posted.written
            entries, values = entries + posted.written.item_entries, values + posted.written.value_entries
            states.update(posted.states)
        if refused:
            raise Refused(refused)
        assert register.written is not None
        queue.merge(register.written.register_id)
        return Posted(replace(register.written, item_entries=entries, value_entries=values), sorted(states), states)

    def _chosen(self) -> list[int]:
        """The lines to post in their order; those that are gone are refused as changed."""
        wanted = [line.id for line in self.lines]
        found = answer_to(Question(CHOSEN, [self.batch_id, not wanted, wanted], lambda rows: [row[0] for row in rows]))
        self._problems += [errors.LineChanged(line=line) for line in sorted(set(wanted).difference(found))]
        return found

    def _lines_question(self) -> Question[list[dict[str, Any]]]:
        """The lines with what their units say, locked; one more than a chunk says that there are many."""
        if self.lines:
            return Question(CHOSEN_LINES, [[line.id for line in self.lines[: CHUNK + 1]]], self._rows)
        return Question(f"{ALL_LINES} LIMIT {CHUNK + 1}", [self.batch_id], self._rows)

    def _rows(self, found: list[Any]) -> list[dict[str, Any]]:
        rows = []
        for values in found:
            row = dict(zip(LINE_NAMES, values, strict=True))
            row["unread"] = json.loads(row["unread"]) if row["unread"] != "{}" else {}
            if row["batch_id"] == self.batch_id:
                rows.append(row)
        return rows

    def _check_rows(self, rows: list[dict[str, Any]], ids: Sequence[int]) -> None:
        """A line that is gone or newer is refused as changed."""
        seen = {row["id"]: row["version"] for row in rows}
        wanted = dict(self.lines)
        self._problems += [
            errors.LineChanged(line=line) for line in ids if seen.get(line) != wanted.get(line, seen.get(line))
        ]
        if not rows and not self._problems:
            self._problems.append(errors.NothingToPost())
        if not rows:
            raise Refused(self._problems)

    def _line(self, row: dict[str, Any], batch: Batch, setup: Setup) -> PostingLine | None:
        """A journal line as posting takes it, in base units; None where it cannot be read."""
        before = len(self._problems)
        self._problems += unreadable(row, batch)
        known = row["quantity"] is not None and row["item_id"] is not None
        quantity = self._base_quantity(row) if known else None
        if len(self._problems) > before or quantity is None:
            return None
        factor, amount = row["quantity_per_unit"], row["amount"]
        if amount is None and row["unit_amount"] is not None:
            amount = round_to(row["unit_amount"] * row["quantity"] - row["discount_amount"], setup.amount_rounding)
        elif amount is not None and row["quantity"] < 0 < amount:
            amount = -amount
        cost = row["unit_cost"]
        if row["entry_type"] != EntryType.TRANSFER:
            row["new_location_id"] = None
        return PostingLine(
            key=row["id"], quantity=quantity, amount=amount,
            unit_cost=None if cost is None else round_to(cost / factor, setup.unit_cost_rounding),
            document_date=row["document_date"] or row["posting_date"], unit_code=row["unit_code"],
            reason_code=row["reason_code"] or batch.reason_code,
            applies_to=row["applies_to_entry"], applies_from=row["applies_from_entry"],
            **{name: row[name] for name in SAME},
        )  # fmt: skip

    def _base_quantity(self, row: dict[str, Any]) -> Decimal | None:
        if row["quantity_per_unit"] is None:
            self._problems.append(errors.UnknownUnit(line=row["id"], unit=row["unit_code"], item=row["item_number"]))
            return None
        try:
            return to_base(row["quantity"], row["quantity_per_unit"], row["unit_precision"], row["base_precision"])
        except Refusal as problem:
            self._problems.append(
                errors.QuantityTooFine(
                    line=row["id"], quantity=str(row["quantity"].normalize()), unit=row["unit_code"],
                    item=row["item_number"], precision=problem.facts.get("precision", str(row["base_precision"])),
                )
            )  # fmt: skip
            return None

    def _check_numbers(self, batch: Batch, lines: Sequence[PostingLine]) -> None:
        """With a number series, each new document number must be the next one (journals.md §3.3)."""
        first = {line.document_number: line for line in reversed(lines)}
        documents = [number for number in dict.fromkeys(line.document_number for line in lines)
                     if number not in self._documents]  # fmt: skip
        taken = documents
        if batch.number_series_id is not None and documents:
            self._numbered_on = self._numbered_on or lines[0].posting_date
            series = NumberSeries.objects.get(pk=batch.number_series_id)
            self._problems += [
                errors.NumberOutOfOrder(line=first[number].key, series=series.code, expected=right, number=number)
                for number, right in zip(documents, self._next_numbers(series, len(documents)), strict=True)
                if number != right
            ]
            if batch.posting_number_series_id is not None:
                posting_series = NumberSeries.objects.get(pk=batch.posting_number_series_id)
                taken = self._next_numbers(posting_series, len(documents))
        self._documents.update(zip(documents, taken, strict=True))
        for line in lines:
            line.document_number = self._documents[line.document_number]

    def _next_numbers(self, series: NumberSeries, count: int) -> list[str]:
        """A preview takes none, so it counts those of the chunks before again."""
        assert self._numbered_on is not None
        before = len(self._documents) if self.preview else 0
        return next_numbers(series, on=self._numbered_on, count=before + count, preview=self.preview)[before:]


def _versions(batch_id: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, version FROM posting_itemjournalline WHERE batch_id = %s ORDER BY 1", [batch_id])
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows
