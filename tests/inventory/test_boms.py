"""Bills of materials: written whole or not at all, without circles, with current low-level codes."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.boms import explosion, update_low_level_codes
from inventory.items import ItemChange, save_items
from inventory.models import AssemblyBOM, Item, Resource
from tests.factories import Company
from users.history import acting, history_of
from work.errors import Refusal, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(company: Company) -> Company:
    """Items A to F and a resource."""
    for number in "ABCDEF":
        company.item(number, "standard")
    with acting(company.user, "test"):
        Resource.objects.create(number="LINDA", name="Linda")
    return company


def save(company: Company, row: int = 1, **boms: str) -> int:
    """A="B C:2": item A gets one B and two C; LINDA is a resource."""
    changes = [BOMChange(row + place, number, lines_of(text)) for place, (number, text) in enumerate(boms.items())]
    return save_boms(changes, user=company.user, reason="test")


def lines_of(text: str) -> list[BOMLine]:
    found = []
    for word in text.split():
        number, _, quantity = word.partition(":")
        found.append(BOMLine(number, "resource" if number == "LINDA" else "item", Decimal(quantity or "1")))
    return found


def codes(call: Callable[[], Any]) -> list[tuple[str, int | None]]:
    before = list(AssemblyBOM.objects.order_by("pk").values_list())
    levels_before = levels()
    with pytest.raises(Refused) as caught:
        call()
    assert list(AssemblyBOM.objects.order_by("pk").values_list()) == before
    assert levels() == levels_before
    return [(problem.code, problem.line) for problem in caught.value.refusals]


def levels() -> dict[str, int]:
    return dict(Item.objects.values_list("number", "low_level_code"))


def test_lines_are_written_and_levels_follow(shop: Company) -> None:
    assert save(shop, A="B C:2 LINDA:0.5", B="C:3 D") == 5
    assert [(line.line_number, line.quantity_per) for line in AssemblyBOM.objects.filter(parent__number="A")] == [
        (10000, 1), (20000, 2), (30000, Decimal("0.5")),
    ]  # fmt: skip
    assert levels() == {"A": 0, "B": 1, "C": 2, "D": 2, "E": 0, "F": 0}


def test_levels_follow_changes_far_above_and_below(shop: Company) -> None:
    save(shop, B="C", C="D", D="E")
    save(shop, A="B", F="E")
    assert levels() == {"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "F": 0}
    assert save(shop, C="") == 1
    assert levels() == {"A": 0, "B": 1, "C": 2, "D": 0, "E": 1, "F": 0}
    save(shop, A="")
    assert levels() == {"A": 0, "B": 0, "C": 1, "D": 0, "E": 1, "F": 0}


def test_codes_that_went_wrong_are_put_right(shop: Company) -> None:
    save(shop, A="B", B="C")
    with acting(shop.user, "test"):
        Item.objects.update(low_level_code=7)
        update_low_level_codes()
    assert levels() == {"A": 0, "B": 1, "C": 2, "D": 0, "E": 0, "F": 0}


def test_only_what_changes_is_written(shop: Company) -> None:
    save(shop, A="B C")
    first, second = AssemblyBOM.objects.order_by("line_number")
    assert save(shop, A="B C:2 D") == 2
    assert len(history_of(first)) == 1
    assert history_of(second)[0]["changes"] == {"quantity_per": (Decimal(1), Decimal(2))}
    assert history_of(second)[0]["user"] == "alice"
    assert save(shop, A="B C:2 D") == 0


CIRCLES = {
    "with itself": ({"A": "A"}, "A → A"),
    "of two": ({"B": "A"}, "A → B → A"),
    "of three": ({"C": "A"}, "A → B → C → A"),
    "all new": ({"D": "E", "E": "F", "F": "D"}, "D → E → F → D"),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_circles_are_refused_with_their_path(shop: Company, name: str) -> None:
    save(shop, A="B", B="C")
    boms, path = CIRCLES[name]
    with pytest.raises(Refused) as caught:
        save(shop, **boms)
    (problem,) = caught.value.refusals
    assert problem.code == "bom_circle"
    assert problem.line in range(1, len(boms) + 1)
    turned = path.split(" → ")[:-1]
    assert problem.facts["path"].split(" → ")[:-1] in [turned[at:] + turned[:at] for at in range(len(turned))]


def test_taking_a_line_away_may_make_room_for_another(shop: Company) -> None:
    save(shop, A="B")
    save(shop, A="", B="A")
    assert levels()["A"] == 1


def test_everything_wrong_is_said_at_once(shop: Company) -> None:
    with acting(shop.user, "test"):
        Item.objects.filter(number="F").update(type="service", costing_method="fifo", inventory_posting_group=None)
        Resource.objects.create(number="BOB", name="Bob", blocked=True)
    changes = [
        BOMChange(3, "NONE"),
        BOMChange(4, "F"),
        BOMChange(5, "a", [BOMLine("X"), BOMLine("F"), BOMLine("BOB", "resource"), BOMLine("B", "resource")]),
        BOMChange(6, "A"),
        BOMChange(7, "B", [BOMLine("C", quantity_per=Decimal(-1)), BOMLine("D", line_number=10000)]),
    ]
    assert codes(lambda: save_boms(changes, user=shop.user, reason="test")) == [
        ("not_found", 3), ("not_for_type", 4), ("not_found", 5), ("not_for_type", 5), ("blocked", 5), ("not_found", 5),
        ("duplicate_number", 6), ("negative_not_allowed", 7), ("duplicate_number", 7),
    ]  # fmt: skip


def test_a_resource_that_was_blocked_may_stay(shop: Company) -> None:
    save(shop, A="LINDA")
    with acting(shop.user, "test"):
        Resource.objects.update(blocked=True)
    assert save(shop, A="LINDA:2") == 1
    assert codes(lambda: save(shop, B="LINDA")) == [("blocked", 1)]


def test_more_levels_than_fifty_are_refused(shop: Company) -> None:
    numbers = [f"L{number:02}" for number in range(53)]
    for number in numbers:
        shop.item(number)
    chain = dict(pairwise(numbers[:51]))
    save(shop, **chain)
    assert levels()["L50"] == 50
    assert codes(lambda: save(shop, L50="L51")) == [("bom_too_deep", 1)]
    assert len(explosion(Item.objects.get(number="L00"))) == 50


def test_an_explosion_takes_one_statement(shop: Company, django_assert_num_queries: Any) -> None:
    save(shop, A="B:2 LINDA", B="C:3")
    top = Item.objects.get(number="A")
    with django_assert_num_queries(1):
        assert [(each.level, each.quantity) for each in explosion(top)] == [(1, 2), (2, 6), (1, 1)]


def test_as_many_statements_for_thirty_as_for_three(shop: Company) -> None:
    save(shop, D="A B C")
    counts = []
    for size in (3, 30):
        for number in range(size):
            shop.item(f"P{size}-{number}")
        with CaptureQueriesContext(connection) as captured:
            save_boms(
                [BOMChange(n, f"P{size}-{n}", lines_of("A B C LINDA")) for n in range(size)],
                user=shop.user, reason="test",
            )  # fmt: skip
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_items_in_bills_of_materials_keep_type_and_unit(shop: Company) -> None:
    save(shop, A="B")
    for number in "AB":
        change = ItemChange(1, number, {"base_unit": "BOX"}, {"BOX": "1", "PCS": "1"}, mode="update")
        with pytest.raises(Refused) as caught:
            save_items([change], user=shop.user, reason="test")
        assert [(problem.code, problem.field) for problem in caught.value.refusals] == [("item_in_use", "base_unit")]


BROKEN = {
    "bom_line_names_what_its_type_says": {"type": "resource"},
    "bom_line_is_not_of_itself": {"component": "A"},
    "bom_line_is_not_negative": {"quantity_per": -1},
}


@pytest.mark.parametrize("rule", BROKEN)
def test_the_database_holds_each_rule(shop: Company, rule: str) -> None:
    values: dict[str, Any] = {"component": "B", **BROKEN[rule]}
    values["component"] = Item.objects.get(number=values["component"])
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), acting(shop.user, "test"):
        AssemblyBOM.objects.create(parent=Item.objects.get(number="A"), line_number=1, **values)


@pytest.mark.django_db(transaction=True)
def test_two_who_close_a_circle_together(shop: Company) -> None:
    """Each change alone is fine; one of them comes second and sees the other."""
    outcomes: list[str] = []

    def change(number: str, text: str) -> None:
        try:
            save(shop, **{number: text})
            outcomes.append("saved")
        except (Refused, Refusal) as problem:
            outcomes.append(problem.refusals[0].code if isinstance(problem, Refused) else problem.code)
        finally:
            connection.close()

    threads = [Thread(target=change, args=pair) for pair in (("A", "B"), ("B", "A"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["bom_circle", "saved"]
