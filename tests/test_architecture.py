"""The floor plan, held against the code: who imports whom, how big a room may be, and what the house does not do."""

import ast
import re
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
APPS = ["privacy", "members", "notices", "meetings", "polls", "stipends"]
HOUSE = ["cop_portal", *APPS]

# Through another app's front door only. The rest of the list was made to be shared, and says so in its docstring.
FRONT_DOOR = {"enums", "models", "querysets", "rules", "actions"}
SHARED = {
    "meetings.expectations",
    "meetings.presence",
    "meetings.report_files",
    "meetings.tool_report",
    "members.http",
    "members.rights",
    "notices.flyer",
    "notices.kinds",
    "notices.markup",
    "notices.qr",
    "notices.wake",
    "polls.small_cells",
    "privacy.append_only",
    "privacy.confirmation",
    "privacy.disposal",
    "privacy.kept_forms",
    "privacy.legible",
    "privacy.logged_reads",
    "privacy.read_only",
    "privacy.reading",
    "privacy.spreadsheet",
    "privacy.typeset",
    "privacy.uncounted",
}

# The floors inside an app. A module with a name of its own is a tool and stands between rules and actions.
FLOORS = [
    {"apps", "enums", "business_days"},  # facts that need nothing of ours
    {"querysets"},
    {"models"},
    {"rules"},
    {"TOOLS"},
    {"actions", "forms"},
    {"logged_reads"},  # what every app's admin is built on
    {"tasks", "admin", "views", "adapters", "middleware", "management", "feeds", "common_login"},
    {"urls"},
]
LEVEL = {name: height for height, floor in enumerate(FLOORS) for name in floor}
TOOLS = LEVEL["TOOLS"]

SIGNALS = {f"{when}_{what}" for when in ("pre", "post") for what in ("save", "delete", "init", "migrate")} | {
    "m2m_changed"
}


def modules():
    for app in HOUSE:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield app, path


def name_of(path):
    return path.relative_to(ROOT).with_suffix("").parts


def imports(tree):
    """Every import, wherever it stands; those for type checkers alone are no dependency at run time."""
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole_app = node.module in HOUSE
            yield from ((f"{node.module}.{a.name}" if whole_app else node.module, node.lineno) for a in node.names)


def why_not(app, own, target):
    """The sentence against this import, or None. ``own`` and ``target`` are dotted names inside the house."""
    their_app, _, rest = target.partition(".")
    room = rest.split(".")[0]
    if app == "cop_portal":
        allowed = their_app == "cop_portal" or room in FRONT_DOOR or f"{their_app}.{room}" in SHARED
        return None if allowed else "the roof uses front doors only"
    if their_app == "cop_portal":
        return None if room == "errors" else "of the ground only errors may be used"
    if their_app != app:
        if APPS.index(their_app) > APPS.index(app):
            return "that app stands above"
        allowed = room in FRONT_DOOR or f"{their_app}.{room}" in SHARED
        return None if allowed else "through the front door only"
    own_room = own.split(".")[1]
    if room == own_room:
        return None  # within a package made of one module that grew
    here, there = LEVEL.get(own_room, TOOLS), LEVEL.get(room, TOOLS)
    if there > here:
        return "that floor stands above"
    if there == here and here != TOOLS:
        return "nothing imports within its own floor"
    return None


def test_imports_point_downstairs():
    wrong = []
    for app, path in modules():
        own = ".".join(name_of(path))
        for target, line in imports(ast.parse(path.read_text(encoding="utf-8"))):
            if target.split(".")[0] in HOUSE and (reason := why_not(app, own, target)):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {target}: {reason}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("app", "own", "target"),
    [
        ("members", "members.actions", "notices.actions"),
        ("privacy", "privacy.rules", "members.models"),
        ("meetings", "meetings.actions", "cop_portal.work_queues"),
        ("polls", "polls.views", "meetings.views"),
        ("polls", "polls.rules", "polls.actions"),
        ("stipends", "stipends.models", "stipends.rules"),
        ("members", "members.views", "members.admin"),
        ("members", "members.forms", "members.actions"),
        ("cop_portal", "cop_portal.my_data", "members.views"),
    ],
)
def test_the_plan_itself_catches_a_wrong_import(app, own, target):
    assert why_not(app, own, target)


@pytest.mark.parametrize(
    ("app", "own", "target"),
    [
        ("stipends", "stipends.views", "members.http"),
        ("notices", "notices.tasks", "notices.actions"),
        ("meetings", "meetings.actions.rsvps", "meetings.ical"),
        ("cop_portal", "cop_portal.my_cop", "polls.querysets"),
        ("polls", "polls.actions", "cop_portal.errors"),
    ],
)
def test_the_plan_lets_a_right_import_pass(app, own, target):
    assert why_not(app, own, target) is None


def test_rooms_stay_small():
    wrong = []
    for _, path in modules():
        text = path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > 400:
            wrong.append(f"{path.relative_to(ROOT)} has {lines} lines, 400 are enough")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1 - len((ast.get_docstring(node) or "").splitlines())
                if length > 40:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines")

    assert not wrong, "\n".join(wrong)


def test_nothing_happens_behind_your_back():
    """No model signals, no save() or delete() that works, no job for another process inside a request."""
    wrong = []
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.ImportFrom | ast.Import) and SIGNALS & {alias.name for alias in node.names}:
                wrong.append(f"{where} imports a model signal")
            if isinstance(node, ast.ClassDef) and path.name == "models.py":
                names = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                wrong.extend(f"{where} {node.name}.{name} works" for name in names & {"save", "delete"})
            if isinstance(node, ast.ExceptHandler) and getattr(node.type, "id", "") in {"Exception", "BaseException"}:
                wrong.append(f"{where} catches everything")

    assert not wrong, "\n".join(wrong)


def templates():
    return sorted((ROOT / "templates").rglob("*.*"))


def test_templates_stay_small_and_carry_no_style_or_script():
    """The Content-Security-Policy would not run it. Mail has no style sheet, so there it is the other way round."""
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|javascript:", re.IGNORECASE)
    wrong = []
    for path in templates():
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT)
        if (lines := text.count("\n")) > 150:
            wrong.append(f"{name} has {lines} lines, 150 are enough")
        if path.suffix == ".html" and "mail" not in path.relative_to(ROOT / "templates").parts[:1]:
            wrong.extend(f"{name}: {found.group()}" for found in inline.finditer(text))

    assert not wrong, "\n".join(wrong)


# Where a page may carry what we made ourselves: each with the only thing that may be marked so.
UNESCAPED = {
    "polls/screen.html": "checkin_qr",
    "polls/_screen_now.html": "poll.qr",
}  # a drawing of our own address, by segno


def test_no_template_switches_off_escaping_in_a_page():
    wrong = []
    for path in templates():
        name, text = str(path.relative_to(ROOT / "templates")), path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            marked = set(re.findall(r"{{\s*([\w.]+)\|safe\b|(autoescape off)", text))
            wrong.extend((name, what) for pair in marked if (what := "".join(pair)) != UNESCAPED.get(name))

    assert not wrong


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_beat_task_exists_and_is_explained():
    current_app.loader.import_default_modules()
    explained = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert scheduled <= set(current_app.tasks)
    assert {task for task in scheduled if f"`{task}`" not in explained} == set()


def test_every_variable_of_the_settings_is_explained():
    source = (ROOT / "cop_portal" / "settings.py").read_text(encoding="utf-8")
    for name in ("environment.py", "serve.py"):
        source += (ROOT / "cop_portal" / name).read_text(encoding="utf-8")
    read = set(re.findall(r"""env(?:_\w+)?\(\s*"([A-Z_]+)\"""", source))
    read |= set(re.findall(r"""environ\.get\("([A-Z_]+)\"""", source))

    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert explained == read
