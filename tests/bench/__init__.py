"""How fast the portal is, as a ratio to a bare Django view in the same run: absolute figures drift with the machine.

``make bench`` (or ``python -m tests.bench [subject …]``) makes a database of its own on the PostgreSQL server of
BENCH_DATABASE_URL, starts a Redis of its own and the production web server on loopback, and measures one subject after
the other. It is no part of the suite: times never are. It needs ``wrk`` and ``redis-server``.

One file for each subject, named in ``__main__.py``: a function ``run(bench)`` that yields rows, each a dictionary with
``row``, what was measured, its ``budget`` and ``is_met``. ``Bench`` (frame.py) gives it the settings of the running
portal, ``wrk`` for ratios, and ``hello`` to measure against.
"""
