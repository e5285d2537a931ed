"""Reports broken at random: read or refused in words, and never an error. `python -m tests.meetings.fuzz_reports 20000`"""

import os
import random
import sys
import time


def broken_file(chance):
    from tests.meetings.test_tool_report import DAY_FIRST, GERMAN_EXCEL, TEAMS, WEBEX, ZOOM

    whole = [ZOOM.encode(), TEAMS.encode("utf-16"), WEBEX.encode("utf-16"), GERMAN_EXCEL.encode(), DAY_FIRST.encode()]
    data = bytearray(chance.choice(whole))
    for _ in range(chance.randint(1, 30)):
        place, kind = chance.randrange(len(data)), chance.random()
        if kind < 0.5:
            data[place] = chance.choice([0, 10, 13, 34, 44, 59, 9, 255, 254, 61, 39, chance.randrange(256)])
        elif kind < 0.8:
            del data[place : place + chance.randint(1, 40)]
        else:
            data[place:place] = chance.choice(
                [
                    b"\x00",
                    b'"',
                    b"\n",
                    b",,,",
                    b"=1+1",
                    b"\xed\xa0\x80",
                    "\u202e".encode(),
                    b"9" * 40,
                    b"99/99/9999 99:99",
                ]
            )
        data = data or bytearray(b"x")
    return bytes(data)


def try_to_read(data):
    from cop_portal.errors import Refused
    from meetings.presence import Columns, best_clock, read_callers
    from meetings.tool_report import decode, grids, guess
    from tests.meetings.test_tool_report import MEETING

    try:
        for grid in grids(decode(data)):
            columns = best_clock([grid], Columns(**guess(grid.headings)), MEETING)
            read_callers([grid], columns, MEETING)
    except Refused:
        return "refused"
    return "read"


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("DEBUG", "true")
    import django

    django.setup()
    chance, began, number = random.Random(), time.monotonic(), int(sys.argv[1])
    refused = sum(try_to_read(broken_file(chance)) == "refused" for _ in range(number))
    print(f"{number} files in {time.monotonic() - began:.0f} s: {refused} refused, the others read, no error.")  # noqa: T201


if __name__ == "__main__":
    main()
