"""What the palette finds: pages, actions and records, as far as the user may open them (ux.md, U1)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlencode

from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from inventory.models import Item
from inventory.queries import best_first
from ledger.models import GLAccount, ItemLedgerEntry, ItemRegister
from posting.models import ItemJournalBatch
from users.models import User
from web.listings.links import SEE_COST
from web.shell import MENU

EACH = 6  # of a kind of record
LONGEST = 100
LIKE = 0.75  # how much of a word must be right
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the palette, and where it leads."""

    label: str
    url: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits of a kind under their heading, best first."""

    title: str
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do; `of_item` where it is done with the item that is open."""

    label: Any
    name: str
    icon: str
    words: Any = ""
    of_item: bool = False


# What else people call a page.
WORDS = {
    "home": lazy("start dashboard today cues"),
    "items": lazy("articles products goods stock parts cards"),
    "journals": lazy("adjustment receive issue reclassification post stock"),
    "item-ledger-entries": lazy("movements transactions stock history quantities"),
    "value-entries": lazy("cost amounts transactions worth"),
    "item-application-entries": lazy("links applied from to"),
    "item-registers": lazy("postings reverse history who"),
    "find-entries": lazy("navigate document related serial lot number amount"),
    "costing": lazy("adjust cost adjustment inventory value queue"),
    "gl-accounts": lazy("chart of accounts general ledger balances"),
    "gl-entries": lazy("general ledger bookings debit credit"),
    "gl-registers": lazy("general ledger postings history"),
    "jobs": lazy("background work progress queue exports"),
    "setup": lazy("settings configuration options company"),
}
ACTIONS = (
    Action(lazy("New item"), "new-item", "package-plus", lazy("create add article product")),
    Action(lazy("Profile and API tokens"), "profile", "key-round", lazy("password account theme language me")),
    Action(lazy("Adjust the inventory of {item}"), "adjust-inventory", "clipboard-check", lazy("count quantity"), True),
    Action(lazy("Copy {item}"), "copy-item", "copy", lazy("duplicate new like this"), True),
    Action(lazy("Apply a template to {item}"), "apply-item-template", "list-plus", lazy("defaults"), True),
    Action(lazy("Save {item} as a template"), "save-item-as-template", "list-plus", lazy("defaults"), True),
    Action(lazy("History of {item}"), "item-history", "history", lazy("changes who when log"), True),
    Action(lazy("Delete {item}"), "delete-item", "trash-2", lazy("remove"), True),
)


def find(user: User, typed: str, address: str) -> list[Found]:
    """What somebody means who types this on the page of that address; a fixed number of statements.

    Nothing typed shows what can be done here and where one can go.
    """
    text = " ".join(typed.split())[:LONGEST]
    found = [
        Found(_("Actions"), _matching(text, _actions(user, address))),
        Found(_("Pages"), _matching(text, _pages(user))),
    ]
    if text:
        records = [_entries(user, text), _items(user, text), _documents(user, text), _journals(user, text),
                   _accounts(user, text)]  # fmt: skip
        exact = bool(records[1].hits) and records[1].hits[0].label.casefold() == text.casefold()
        found = [*records, *found] if exact or text.isdigit() else [*found, *records]
    return [each for each in found if each.hits]


# ------------------------------------------------------------------ pages and actions


def _pages(user: User) -> Iterator[tuple[Hit, str]]:
    for group in MENU:
        for entry in group.entries:
            if user.has_perms(entry.permissions):
                yield Hit(str(entry.label), entry.url, entry.icon), str(WORDS[entry.name])
    if user.is_staff:
        yield Hit(_("Back office"), reverse("admin:index"), "wrench"), _("administration users roles locations units")


def _actions(user: User, address: str) -> Iterator[tuple[Hit, str]]:
    item = _item_at(address)
    for action in ACTIONS:
        if action.of_item and item is None:
            continue
        url = reverse(action.name, args=[item] if action.of_item else [])
        if user.has_perms(resolve(url).func.needs):  # type: ignore[attr-defined]
            label = str(action.label).format(item=item)
            yield Hit(label, url, action.icon), str(action.words)


def _item_at(address: str) -> str | None:
    """The number of the item whose page this is."""
    try:
        match = resolve(address.partition("?")[0])
    except Resolver404:
        return None
    number = match.kwargs.get("number")
    return number if isinstance(number, str) else None


def _matching(text: str, offered: Iterable[tuple[Hit, str]]) -> list[Hit]:
    """Those in which every typed word begins a word or nearly is one; a label that begins so comes first."""
    typed = text.casefold().split()
    ranked = []
    for place, (hit, others) in enumerate(offered):
        own, all_words = _words(hit.label), _words(f"{hit.label} {others}")
        if not all(_is_meant(word, all_words) for word in typed):
            continue
        begins = hit.label.casefold().startswith(text.casefold())
        in_label = all(_is_meant(word, own) for word in typed)
        ranked.append((not begins, not in_label, place, hit))
    return [hit for *_, hit in sorted(ranked, key=lambda each: each[:3])]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _is_meant(typed: str, words: list[str]) -> bool:
    if any(word.startswith(typed) for word in words):
        return True
    return len(typed) > 3 and bool(get_close_matches(typed, words, 1, LIKE))


# ------------------------------------------------------------------ records


def _items(user: User, text: str) -> Found:
    hits = []
    if user.has_perm("inventory.view_item"):
        rows = best_first(Item.objects.all(), text, "number", "description", "search_description", "gtin")
        for number, description, blocked in rows.values_list("number", "description", "blocked")[:EACH]:
            note = f"{description} · {_('blocked')}" if blocked else description
            hits.append(Hit(number, reverse("item", args=[number]), "package", note))
    return Found(_("Items"), hits)


def _documents(user: User, text: str) -> Found:
    """Document numbers of movements that begin so; the index is walked from there on."""
    hits = []
    if user.has_perm("ledger.view_itemledgerentry"):
        begins = text.upper()
        rows = ItemLedgerEntry.objects.filter(document_number__gte=begins).order_by("document_number")
        for number in rows.values_list("document_number", flat=True).distinct()[:EACH]:
            if number.startswith(begins):
                url = f"{reverse('item-ledger-entries')}?{urlencode({'document_number': number})}"
                hits.append(Hit(number, url, "receipt-text"))
    return Found(_("Documents"), hits)


def _entries(user: User, text: str) -> Found:
    """A number alone may be that of an entry or of a register."""
    number = int(text) if text.isascii() and text.isdigit() and int(text) <= _LARGEST else 0
    hits = []
    kinds = ((ItemLedgerEntry, "item-ledger-entry", _("Item ledger entry {number}")),
             (ItemRegister, "item-register", _("Item register {number}")))  # fmt: skip
    for model, name, label in kinds if number else ():
        if user.has_perm(f"ledger.view_{model._meta.model_name}") and model.objects.filter(pk=number).exists():
            hits.append(Hit(label.format(number=number), reverse(name, args=[number]), "stamp"))
    return Found(_("Entries"), hits)


def _journals(user: User, text: str) -> Found:
    hits = []
    if user.has_perm("posting.use_item_journal"):
        rows = best_first(ItemJournalBatch.objects.all(), text, "name", "description", "template__name")
        for template, name, words in rows.values_list("template__name", "name", "description")[:EACH]:
            url = reverse("journal", args=[template, name])
            hits.append(Hit(f"{template} {name}", url, "notebook-pen", words))
    return Found(_("Journals"), hits)


def _accounts(user: User, text: str) -> Found:
    hits = []
    if user.has_perms(("ledger.view_glaccount", "ledger.view_glentry", SEE_COST)):
        rows = best_first(GLAccount.objects.all(), text, "number", "name")
        for number, name in rows.values_list("number", "name")[:EACH]:
            url = f"{reverse('gl-entries')}?{urlencode({'account': number})}"
            hits.append(Hit(number, url, "table-properties", name))
    return Found(_("G/L accounts"), hits)
