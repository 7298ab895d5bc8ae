"""The words the scripts of the journal page say; a pair is the form for one and the form for many."""

from typing import Any

from django.utils.translation import gettext as _

from ledger.choices import EntryType, ValueEntryType


def words() -> dict[str, Any]:
    """All texts in the language of the user."""
    return {
        **_saving(),
        **_cells(),
        **_problems(),
        **_details(),
        **_posting(),
        "preview": _preview(),
        "standard": _standard(),
        "types": _types(),
    }


def _saving() -> dict[str, Any]:
    return {
        "saved": _("All lines saved"),
        "saving": _("Saving…"),
        "savingOf": _("Saving {done} of {of} lines"),
        "failed": _("Not saved: no answer from the server. Trying again"),
        "failedWith": _("Not saved: {reason} Trying again"),
        "loginAgain": _("Not saved: sign in again in another tab. Nothing is lost"),
        "posting": _("Posting…"),
        "previewing": _("Working out what posting would do…"),
        "restored": [_("One unsaved line was brought back."), _("{count} unsaved lines were brought back.")],
        "notLoaded": _("The journal could not be loaded."),
        "tryAgain": _("Try again"),
        "gone": _("Someone else posted or deleted this line meanwhile."),
    }


def _standard() -> dict[str, Any]:
    return {
        "choose": _("Its lines are put behind those of this journal."),
        "none": _("There are none yet. Type lines, then keep them as a standard journal."),
        "lines": [_("one line"), _("{count} lines")],
        "drop": _("Delete standard journal {code}"),
        "added": [_("One line was added."), _("{count} lines were added.")],
        "keep": [_("One line is kept."), _("{count} lines are kept.")],
        "kept": [_("Kept one line as {code}."), _("Kept {count} lines as {code}.")],
        "renumbered": [_("One line got another document number."), _("{count} lines got other document numbers.")],
        "inOrder": _("The document numbers are in order already."),
    }


def _cells() -> dict[str, Any]:
    states = {
        "saved": _("Saved"),
        "saving": _("Saving"),
        "warn": _("Not saved yet"),
        "bad": _("Has errors"),
        "new": _("New line: start typing"),
    }
    return {
        "states": states,
        "line": _("Line"),
        "total": _("Total"),
        "hits": _("Matches"),
        "number": _("No."),
        "description": _("Description"),
        "onHand": _("On hand"),
        "pasted": [_("One line pasted."), _("{count} lines pasted.")],
        "close": _("Close"),
        "yes": _("Yes"),
    }


def _problems() -> dict[str, Any]:
    return {
        "problems": [_("1 error"), _("{count} errors")],
        "noErrors": _("No errors"),
        "noProblems": _("No problems. Everything can be posted."),
        "nothingYet": _("Lines are checked as they are entered."),
        "more": _("and {count} more"),
        "useMine": _("Use mine"),
        "keepTheirs": _("Keep theirs"),
        "enterAgain": _("Enter it again"),
        "dropLine": _("Remove the line"),
    }


def _details() -> dict[str, Any]:
    return {
        "details": _("Line details"),
        "detailsEmpty": _("Type an item number or a description. Stock and cost appear here."),
        "lineNumber": _("Line {number}"),
        "at": _("at {location}"),
        "noLocation": "",
        "card": _("Card"),
        "thisLine": _("This line"),
        "after": _("After posting"),
        "blocked": _("Blocked"),
        "unitCost": _("Unit cost now"),
        "amount": _("Line amount"),
    }


def _posting() -> dict[str, Any]:
    return {
        "posted": [_("Posted 1 line as {documents}."), _("Posted {count} lines as {documents}.")],
        "noDocument": _("no document number"),
        "register": _("Register {number}"),
        "entries": _("Item ledger entries"),
        "refused": [
            _("Nothing was posted: 1 line is refused. The checks say why."),
            _("Nothing was posted: {count} lines are refused. The checks say why."),
        ],
        "refusedPreview": [
            _("There is no preview: 1 line is refused. The checks say why."),
            _("There is no preview: {count} lines are refused. The checks say why."),
        ],
        "postValid": [_("Post the other line"), _("Post the other {count} lines")],
        "confirmValid": [
            _("Post the one valid line? The refused lines stay in the journal."),
            _("Post the {count} valid lines? The refused lines stay in the journal."),
        ],
        "nothing": _("The journal has no lines to post. Enter a line first."),
        "notSavedYet": _("Some lines are not saved yet, so nothing was posted. Wait until they are, then post again."),
        "noAnswer": _("The server did not answer. It is not known whether the journal was posted; ask again to see."),
        "askAgain": _("Ask again"),
        "noPreview": _("The preview could not be made. Try again."),
    }


def _preview() -> dict[str, Any]:
    columns = {
        "item": _("Item"), "quantity": _("Quantity"), "unit_cost": _("Unit cost"), "value": _("Value"),
        "posting_date": _("Posting date"), "entry_type": _("Entry type"), "document_number": _("Document no."),
        "location": _("Location"), "cost": _("Cost"), "sales_amount": _("Sales amount"),
        "adjustment": _("Adjustment"), "account": _("Account"), "name": _("Name"), "description": _("Description"),
        "amount": _("Amount"),
    }  # fmt: skip
    return {
        "items": _("New stock and unit cost"),
        "item_entries": _("Item ledger entries"),
        "value_entries": _("Value entries"),
        "gl_entries": _("G/L entries"),
        "none": _("None"),
        "columns": columns,
    }


def _types() -> dict[str, str]:
    kinds = {kind.value: str(kind.label) for kind in (*ValueEntryType, *EntryType)}
    return kinds
