"""``python -m tests.bench [subject …] [--rounds 3] [--seconds 3]``: one table, and one line of JSON at the end."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys

from tests.bench.frame import running

SUBJECTS = ["polls", "mail", "fanout"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", help=f"of {', '.join(SUBJECTS)}; all of them if none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    asked = parser.parse_args()
    if unknown := set(asked.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    found = []
    with running(rounds=asked.rounds, seconds=asked.seconds) as bench:
        import django

        django.setup()  # with the settings of the portal that runs: a subject makes its data by the portal's actions
        for subject in asked.subjects or SUBJECTS:
            for row in importlib.import_module(f"tests.bench.{subject}").run(bench):
                found.append({"subject": subject, **row})
                say(_line(found[-1]))
        memory = bench.memory()
    say(f"memory after it all, in MB: {memory} (budget for the workers: 160)")
    say(json.dumps({"rows": found, "memory_mb": memory, "load": os.getloadavg(), "cores": os.cpu_count()}))
    return 0 if all(row["is_met"] for row in found) else 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(row: dict[str, object]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in row.items() if name not in {"subject", "row", "is_met"})
    return f"{'met ' if row['is_met'] else 'MISS'} {row['subject']}: {row['row']}: {figures}"


if __name__ == "__main__":
    raise SystemExit(main())
