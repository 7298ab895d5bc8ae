"""All pages."""

from django.contrib.auth import views as auth
from django.urls import path

from web.views import account, costing, entries, home, item_facts, items, jobs, journals, ledger

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(next_page="login"), name="logout"),
    path("profile/", account.profile, name="profile"),
    path("profile/theme/", account.theme, name="theme"),
    path("profile/tokens/", account.create_token, name="create-token"),
    path("profile/tokens/<str:token_key>/revocation/", account.revoke_token, name="revoke-token"),
    path("items/", items.item_list, name="items"),
    path("items/new/", items.new_item, name="new-item"),
    path("items/<path:number>/facts/", item_facts.facts, name="item-facts"),
    path("items/<path:number>/why/", item_facts.why, name="item-why"),
    path("items/<path:number>/history/", item_facts.history, name="item-history"),
    path("items/<path:number>/", items.item, name="item"),
    path("journals/", journals.journals, name="journals"),
    path("journals/<str:template>/<str:batch>/", journals.journal, name="journal"),
    path("item-ledger-entries/", ledger.item_ledger_entries, name="item-ledger-entries"),
    path("item-ledger-entries/<int:pk>/", entries.item_ledger_entry, name="item-ledger-entry"),
    path("value-entries/", ledger.value_entries, name="value-entries"),
    path("value-entries/<int:pk>/", entries.value_entry, name="value-entry"),
    path("item-application-entries/", ledger.item_application_entries, name="item-application-entries"),
    path("item-registers/", ledger.item_registers, name="item-registers"),
    path("item-registers/<int:pk>/", entries.item_register, name="item-register"),
    path("item-registers/<int:pk>/reversal/", entries.reverse_item_register, name="reverse-item-register"),
    path("gl-accounts/", ledger.gl_accounts, name="gl-accounts"),
    path("gl-entries/", ledger.gl_entries, name="gl-entries"),
    path("gl-entries/<int:pk>/", entries.gl_entry, name="gl-entry"),
    path("gl-registers/", ledger.gl_registers, name="gl-registers"),
    path("costing/", costing.costing, name="costing"),
    path("costing/adjustment/", costing.adjust_costs_now, name="adjust-costs"),
    path("costing/gl-posting/", costing.post_to_gl_now, name="post-to-gl"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:pk>/", jobs.job, name="job"),
    path("setup/", home.setup, name="setup"),
]
