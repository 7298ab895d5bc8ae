"""Home, setup, costing and jobs."""

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client

from costing.models import CostToPost, InventoryPostingSetup
from tests.factories import Company
from users.models import User
from work.jobs import run_job
from work.models import Job

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]


def labels(client: Client) -> set[str]:
    return {str(cue.label) for cue in client.get("/").context["cues"]}


def test_home_shows_each_role_what_it_may_see(traded: Company, as_role: Sign) -> None:
    assert labels(as_role("viewer")) == {"Items in stock", "Below zero"}
    assert labels(as_role("inventory accountant")) >= {"Inventory value", "Costs to adjust", "To post to the G/L"}
    assert "Inventory value" not in labels(as_role("warehouse worker"))
    assert labels(as_role("")) == set()


def test_home_of_an_empty_company_says_what_to_do(as_role: Sign) -> None:
    assert "There are no items yet" in as_role("inventory manager").get("/").content.decode()


def test_home_counts_lines_that_need_a_correction(company: Company, as_role: Sign) -> None:
    company.line("purchase", company.item("BIKE"), 1, unread={"quantity": "1o"})
    page = as_role("warehouse worker").get("/").content.decode()
    assert "1 line needs a correction" in page
    assert "/journals/ITEM/DEFAULT/" in page


def test_setup_is_shown_and_links_only_where_the_back_office_opens(as_role: Sign) -> None:
    assert as_role("viewer").get("/setup/").status_code == 403
    client = as_role("inventory accountant")
    User.objects.update(is_staff=False)
    assert "An administrator changes it" in client.get("/setup/").content.decode()
    assert "/admin/inventory/inventorysetup/" in as_role("administrator").get("/setup/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_costs_are_adjusted_and_posted_by_jobs(company: Company, as_role: Sign) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 5, unit_amount="4"))
    client = as_role("inventory accountant")
    assert "BIKE" in client.get("/costing/").content.decode()
    assert as_role("purchaser").post("/costing/adjustment/").status_code == 403
    client.post("/costing/adjustment/", {"until": ""})
    client.post("/costing/gl-posting/", {"method": "per_posting_group", "document_number": "GL-1"})
    for job in Job.objects.order_by("created_at"):
        assert run_job(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        assert "Value entries" in client.get(f"/jobs/{job.pk}/").content.decode()
    assert not CostToPost.objects.exists()


def test_posting_per_group_without_a_number_is_refused_at_its_field(as_role: Sign) -> None:
    answer = as_role("inventory accountant").post("/costing/gl-posting/", {"method": "per_posting_group"})
    assert answer.status_code == 400
    assert "needs a document number" in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_posted_says_why(company: Company, as_role: Sign) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 5, unit_amount="4"))
    setup = InventoryPostingSetup.objects.get(location=company.blank)
    account = setup.inventory_account
    company.change(setup, inventory_account=None)
    client = as_role("inventory accountant")
    client.post("/costing/gl-posting/", {"method": "per_entry"})
    run_job(Job.objects.get().pk)
    assert "lacks the inventory account" in client.get("/costing/").content.decode()
    company.change(setup, inventory_account=account)


def test_jobs_are_seen_by_their_owner_and_by_administrators(as_role: Sign) -> None:
    accountant = as_role("inventory accountant")
    accountant.post("/costing/adjustment/", {"until": ""})
    job = Job.objects.get()
    assert accountant.get(f"/jobs/{job.pk}/").status_code == 200
    assert as_role("inventory manager").get(f"/jobs/{job.pk}/").status_code == 404
    assert as_role("administrator").get(f"/jobs/{job.pk}/").status_code == 200
    assert "No jobs yet" in as_role("viewer").get("/jobs/").content.decode()


def test_pages_that_are_not_there_or_not_allowed_say_so_in_our_own_words(as_role: Sign) -> None:
    client = as_role("viewer")
    missing, forbidden = client.get("/nowhere/"), client.get("/setup/")
    assert (missing.status_code, forbidden.status_code) == (404, 403)
    assert "There is nothing at this address" in missing.content.decode()
    assert "You may not open this page" in forbidden.content.decode()


def test_what_breaks_answers_without_a_trace(client: Client) -> None:
    page = render_to_string("500.html")
    assert "Nothing was saved halfway" in page
    assert "{%" not in page
