import pytest
from django.db import connection

from tests.stipends.scenes import Scene


@pytest.fixture
def scene(db):
    return Scene()


@pytest.fixture(autouse=True)
def _needs_postgres(request):
    if request.node.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.skip("A race or a right of PostgreSQL: run with TEST_DATABASE_URL.")
