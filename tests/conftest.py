from datetime import UTC, datetime

import pytest


@pytest.fixture
def now():
    """A moment on a weekday morning in Minnesota, far from a clock change."""
    return datetime(2027, 1, 20, 16, 0, tzinfo=UTC)
