"""Faults on purpose: python -m tests.faults kills workers, database and broker under load, and counts (see __main__)."""
