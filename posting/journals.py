"""Post item journals: whole or not at all, and remove exactly the lines that were posted (decisions 12 to 16)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from costing.preview import preview_of
from inventory.models import NumberSeries
from inventory.numbering import next_numbers
from inventory.numbers import round_to
from inventory.setup import Setup, setup_question
from inventory.units import to_base
from ledger.choices import EntryType, SourceCode
from ledger.locks import waiting_is_bounded
from ledger.records import NewRegister
from posting import errors
from posting.errors import PostingError
from posting.lines import PostingLine
from posting.models import ItemJournalBatch, ItemJournalTemplate
from posting.post import Posted, post_lines
from users.models import User
from work import idempotency
from work.errors import Refusal, Refused
from work.statements import Question, Sending, ask

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


@dataclass(frozen=True, slots=True)
class _Batch:
    """What posting must know of a journal; its template's reason where it has none of its own."""

    name: str
    transfers: bool
    reason_code: str
    number_series_id: int | None
    posting_number_series_id: int | None


@dataclass(slots=True)
class _Inner:
    """The inner verb, which preview calls as well. Locks: setup, batch, lines, items, number series."""

    batch_id: int
    lines: Sequence[LineVersion]
    user: User
    preview: bool = False
    _problems: list[PostingError] = field(default_factory=list)

    def run(self) -> _Outcome:
        """Raises `ItemBusy` when any lock is not given in time."""
        with waiting_is_bounded():
            return self._run()

    def _run(self) -> _Outcome:
        asked, journal, lines = setup_question(lock=True), _batch_question(self.batch_id), self._lines_question()
        ask(asked, journal, lines)
        setup, batch, rows = asked.answer, journal.answer, lines.answer
        self._check_rows(rows)
        posting_lines = [made for row in rows if (made := self._line(row, batch, setup)) is not None]
        ids = [row["id"] for row in rows]
        rows.clear()  # of a long journal they would be the larger part of what is held
        self._check_numbers(batch, posting_lines)
        source = SourceCode.RECLASSIFICATION if batch.transfers else SourceCode.ITEM_JOURNAL
        register = NewRegister(source, self.user.pk, batch.name)
        with Sending() as sending:
            posted = post_lines(posting_lines, setup, register, sending, refusals=self._problems)
            sending.add("DELETE FROM posting_itemjournalline WHERE id = ANY(%s)", [ids])
        written = posted.written
        answer = {
            "register_id": written.register_id,
            "lines_posted": len(ids),
            "item_entries": written.item_entries,
            "value_entries": written.value_entries,
            "document_numbers": list(dict.fromkeys(line.document_number for line in posting_lines)),
        }
        return _Outcome(posted, answer)

    def _lines_question(self) -> Question[list[dict[str, Any]]]:
        """The lines with what their units say, locked."""
        if self.lines:
            return Question(_CHOSEN_LINES, [[line.id for line in self.lines]], self._rows)
        return Question(_ALL_LINES, [self.batch_id], self._rows)

    def _rows(self, found: list[Any]) -> list[dict[str, Any]]:
        rows = []
        for values in found:
            row = dict(zip(_LINE_NAMES, values, strict=True))
            row["unread"] = json.loads(row["unread"]) if row["unread"] != "{}" else {}
            if row["batch_id"] == self.batch_id:
                rows.append(row)
        return rows

    def _check_rows(self, rows: list[dict[str, Any]]) -> None:
        """A line that is gone or newer is refused as changed."""
        seen = {row["id"]: row["version"] for row in rows}
        self._problems += [errors.LineChanged(line=line.id) for line in self.lines if seen.get(line.id) != line.version]
        if not rows and not self._problems:
            self._problems.append(errors.NothingToPost())
        if not rows:
            raise Refused(self._problems)

    def _line(self, row: dict[str, Any], batch: _Batch, setup: Setup) -> PostingLine | None:
        """A journal line as posting takes it, in base units; None where it cannot be read."""
        before = len(self._problems)
        self._problems += _unreadable(row, batch)
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
            **{name: row[name] for name in _SAME},
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

    def _check_numbers(self, batch: _Batch, lines: Sequence[PostingLine]) -> None:
        """With a number series, each new document number must be the next one (journals.md §3.3)."""
        if batch.number_series_id is None or not lines:
            return
        series = NumberSeries.objects.get(pk=batch.number_series_id)
        documents = list(dict.fromkeys(line.document_number for line in lines))
        first = {line.document_number: line for line in reversed(lines)}
        expected = next_numbers(series, on=lines[0].posting_date, count=len(documents), preview=self.preview)
        self._problems += [
            errors.NumberOutOfOrder(line=first[number].key, series=series.code, expected=right, number=number)
            for number, right in zip(documents, expected, strict=True)
            if number != right
        ]
        if batch.posting_number_series_id is not None:
            self._renumber(NumberSeries.objects.get(pk=batch.posting_number_series_id), lines, documents)

    def _renumber(self, series: NumberSeries, lines: Sequence[PostingLine], documents: Sequence[str]) -> None:
        """The posted number comes from the posting series, one for each document."""
        taken = next_numbers(series, on=lines[0].posting_date, count=len(documents), preview=self.preview)
        numbers = dict(zip(documents, taken, strict=True))
        for line in lines:
            line.document_number = numbers[line.document_number]


def _batch_question(batch_id: int) -> Question[_Batch]:
    def read(rows: list[Any]) -> _Batch:
        if not rows:
            raise ItemJournalBatch.DoesNotExist
        return _Batch(*rows[0])

    return Question(_BATCH, [ItemJournalTemplate.Type.TRANSFER, batch_id], read)


_BATCH = """
    SELECT t.name || '/' || b.name, t.journal_type = %s, coalesce(nullif(b.reason_code, ''), t.reason_code),
           b.number_series_id, b.posting_number_series_id
      FROM posting_itemjournalbatch b JOIN posting_itemjournaltemplate t ON t.id = b.template_id
     WHERE b.id = %s
"""


def _unreadable(row: dict[str, Any], batch: _Batch) -> list[PostingError]:
    """What is missing or was not understood on one line."""
    problems: list[PostingError] = []
    for name, value in row["unread"].items():
        problem = errors.LineNotUnderstood(line=row["id"], name=name.replace("_", " "), value=str(value))
        problem.field = name
        problems.append(problem)
    for name, words in _NEEDED.items():
        cell = name.removesuffix("_id")
        if row[name] is None and cell not in row["unread"]:
            missing = errors.ValueMissing(line=row["id"], name=words)
            missing.field = cell
            problems.append(missing)
    if "entry_type" not in row["unread"] and (row["entry_type"] == EntryType.TRANSFER) != batch.transfers:
        allowed = "Transfer" if batch.transfers else "Purchase, Sale, Positive adjmt. or Negative adjmt."
        problems.append(errors.EntryTypeNotAllowed(line=row["id"], entry_type=row["entry_type"], allowed=allowed))
    return problems


def _versions(batch_id: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, version FROM posting_itemjournalline WHERE batch_id = %s ORDER BY 1", [batch_id])
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows


_NEEDED = {"posting_date": "The posting date", "item_id": "The item", "quantity": "The quantity"}
_SAME = (
    "item_id", "variant_id", "location_id", "new_location_id", "posting_date", "entry_type", "document_number",
    "quantity_per_unit", "discount_amount", "serial_number", "lot_number", "package_number", "expiration_date",
    "warranty_date", "external_document_number", "description", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "vendor_id", "customer_id", "dimension_set_id",
)  # fmt: skip
_OWN = (
    "id", "batch_id", "version", "line_number", "posting_date", "document_date", "entry_type", "document_number",
    "external_document_number", "item_id", "variant_id", "description", "quantity", "unit_amount", "amount",
    "discount_amount", "unit_cost", "applies_to_entry", "applies_from_entry", "serial_number", "lot_number",
    "package_number", "expiration_date", "warranty_date", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "vendor_id", "customer_id", "dimension_set_id", "reason_code", "unread",
)  # fmt: skip
_LINE_NAMES = (
    *_OWN, "location_id", "new_location_id", "item_number", "unit_code", "quantity_per_unit", "unit_precision",
    "base_precision",
)  # fmt: skip
_LINES = f"""
    SELECT {", ".join(f"l.{name}" for name in _OWN)},
           COALESCE(l.location_id, blank.id), COALESCE(l.new_location_id, blank.id), i.number, u.code,
           iu.quantity_per_unit, iu.rounding_precision, base.rounding_precision
      FROM posting_itemjournalline l
      JOIN inventory_location blank ON blank.code = ''
      LEFT JOIN inventory_item i ON i.id = l.item_id
      LEFT JOIN inventory_unitofmeasure u ON u.id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_itemunitofmeasure iu
             ON iu.item_id = l.item_id AND iu.unit_id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_itemunitofmeasure base ON base.item_id = l.item_id AND base.unit_id = i.base_unit_id
     WHERE {{chosen}}
     ORDER BY l.line_number FOR UPDATE OF l
"""
_ALL_LINES = _LINES.format(chosen="l.batch_id = %s")
_CHOSEN_LINES = _LINES.format(chosen="l.id = ANY(%s)")  # by their keys alone: the rest of a long journal is not read
