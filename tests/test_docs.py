"""The papers at the door say what is true."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

from tests.personal import personal_models

ROOT = Path(__file__).resolve().parent.parent


def test_readme_is_short_enough_to_read():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_readme_and_docs_link_only_to_files_that_exist():
    papers = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]

    broken = [
        (paper.name, link)
        for paper in papers
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", paper.read_text())
        if not (paper.parent / link).exists()
    ]

    assert broken == []


def test_every_make_target_has_a_line_of_help():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE).group(1).split()

    helped = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)

    assert sorted(helped) == sorted(phony)
    assert len(phony) <= 8


def test_door_has_at_most_twenty_entries():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()

    visible = {path.split("/")[0] for path in listed if not path.startswith(".")}

    assert len(visible) <= 20, sorted(visible)


def test_locks_carry_hashes_and_no_addresses():
    for name in ("requirements.lock", "tests/requirements.lock"):
        lock = (ROOT / name).read_text()
        pinned = re.findall(r"^[a-z0-9-]+==", lock, re.MULTILINE | re.IGNORECASE)

        assert "://" not in lock
        assert "--index-url" not in lock
        assert lock.count("--hash=sha256:") >= len(pinned) > 20


def test_locks_pin_every_dependency_that_is_asked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    asked = [re.match(r"[a-z0-9-]+", requirement).group() for requirement in wanted]
    lock = (ROOT / "tests/requirements.lock").read_text()

    assert [name for name in asked if f"\n{name}==" not in f"\n{lock}"] == []


def test_compose_runs_the_commands_that_the_operations_page_names():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    page = (ROOT / "docs" / "operations.md").read_text()

    missing = [name for name in ("web", "worker", "beat") if services[name]["command"] not in page]

    assert missing == []


def test_compose_gives_every_lasting_service_a_health_check_and_no_secret():
    compose = (ROOT / "docker-compose.yml").read_text()
    services = yaml.safe_load(compose)["services"]

    assert [name for name, service in services.items() if name != "migrate" and "healthcheck" not in service] == []
    secrets = re.findall(r"(?i)(?:password|secret_key): +(\S+)", compose)
    assert {secret.split(":?")[0] for secret in secrets} == {"${POSTGRES_PASSWORD", "${APP_ROLE_PASSWORD", '""'}


def test_every_kind_of_data_about_a_person_has_its_line_in_the_table():
    """A model that links to a person or holds an address: say in docs/architecture.md what it is and who reads it."""
    table = (ROOT / "docs/architecture.md").read_text().split("## Kinds of data")[1].split("\n## ")[0]
    names = [model.__name__ for model in personal_models().values()]

    assert sorted(name for name in names if not re.search(rf"[`.]{name}[`.]", table)) == []
