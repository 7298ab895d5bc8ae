"""Random histories through the verbs for some minutes: `python -m tests.fuzz --minutes 45 [--seed text]`.

On servers of its own; prints how many were told, and the seed that tells one again. Ends with 1 when one fails.
"""

import argparse
import os
import secrets
import sys
import time
import traceback
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"

import django

VOLUME = 50  # histories in one book: each is audited with those before it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES") or 1))
    parser.add_argument("--seed", default="", help="tell this one history only")
    asked = parser.parse_args()
    django.setup()
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        return _tell(asked.seed, asked.minutes * 60)
    finally:
        teardown_databases(made, verbosity=0)


def _tell(seed: str, seconds: float) -> int:
    from tests.costing.histories import History, Told

    run, histories, whole = secrets.token_hex(4), 0, Told()
    deadline = time.monotonic() + seconds
    while histories == 0 or (not seed and time.monotonic() < deadline):
        if histories % VOLUME == 0:
            company = _new_company()
        this = seed or f"{run} {histories}"
        history = History(company, this)
        try:
            whole = whole.with_more(_told(history))
        except Exception:
            traceback.print_exc()
            print(f"after {histories} histories, this one failed: python -m tests.fuzz --seed '{this}'", flush=True)
            _shrink(this, history)
            return 1
        histories += 1
    print(f"{histories} histories told and audited, {whole}, seed {seed or run}")
    return 0


def _new_company() -> Any:
    from django.core.management import call_command

    from tests.factories import Company, seed
    from users.models import User

    call_command("flush", interactive=False, verbosity=0)
    seed()
    return Company(User.objects.create_user("fuzz"))


def _told(history: Any) -> Any:
    """Told to its end, and the book is sound after it."""
    from ledger.audit import audit_ledger

    told = history.tell()
    assert not (findings := audit_ledger()), findings
    return told


def _shrink(seed: str, history: Any) -> None:
    """Leave out what does not matter to the failure, and print what is left."""
    steps, smaller, why = list(history.steps), True, ""
    while smaller:
        smaller = False
        for place in reversed(range(len(steps))):
            shorter = type(history)(_new_company(), seed, steps[:place] + steps[place + 1 :])
            try:
                _told(shorter)
            except Exception as problem:
                history, steps, smaller, why = shorter, list(shorter.steps), True, repr(problem)
    print(f"the smallest that fails: {history.world}")
    for event in history.events:
        print("   ", {name: str(value) for name, value in vars(event).items() if value or name in ("day", "item")})
    print(why, flush=True)


if __name__ == "__main__":
    sys.exit(main())
