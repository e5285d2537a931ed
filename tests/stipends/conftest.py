import pytest

from tests.stipends.scenes import Scene


@pytest.fixture
def scene(db):
    return Scene()
