"""Random histories through the verbs for some minutes: `python -m tests.fuzz --minutes 45 [--seed text]`.

On servers of its own; prints how many were told, and the seed that tells one again. Ends with 1 when one fails.
"""

import argparse
import os
import secrets
import sys
import time
import traceback

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"

import django


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
    from ledger.audit import audit_ledger
    from tests.costing.histories import History
    from tests.factories import Company
    from users.models import User

    company = Company(User.objects.create_user("fuzz"))
    run, told, posted, taken_back = secrets.token_hex(4), 0, 0, 0
    deadline = time.monotonic() + seconds
    while told == 0 or (not seed and time.monotonic() < deadline):
        this = seed or f"{run} {told}"
        try:
            history = History(company, this).tell()
            if told % 200 == 0:
                assert not (findings := audit_ledger()), findings
        except Exception:
            traceback.print_exc()
            print(f"after {told} histories, this one failed: python -m tests.fuzz --seed '{this}'", flush=True)
            return 1
        told, posted, taken_back = told + 1, posted + history.posted, taken_back + history.reversed
    findings = audit_ledger()
    print(f"{told} histories told, {posted} steps posted, {taken_back} reversed, seed {seed or run}; audit: {findings}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
