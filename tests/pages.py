"""A page as the browser understands it: its forms, with what stands in them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

BUTTONS = {"submit", "button", "image", "reset"}
NOT_TYPED = BUTTONS | {"hidden", "file", "checkbox", "radio", "password", "search"}


@dataclass
class Control:
    name: str
    kind: str  # text, email, number, date, textarea, select, checkbox, radio, hidden …
    value: str = ""
    checked: bool = False
    invalid: bool = False
    choices: list[str] = field(default_factory=list)
    is_day: bool = False  # Django admin's boxes for a date or a time

    @property
    def is_typed(self) -> bool:
        return self.kind not in NOT_TYPED and self.kind != "select"


@dataclass
class PageForm:
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)

    @property
    def typed(self) -> dict[str, Control]:
        return {
            control.name: control for control in self.controls if control.is_typed and "__prefix__" not in control.name
        }

    def filled(self) -> list[tuple[str, str]]:
        """What somebody sends who leaves the boxes alone, ticks everything, takes the first of each choice and confirms."""
        sent, chosen = [], set()
        for control in self.controls:
            if control.kind in {"file", "password"} or control.is_typed:
                continue
            if control.kind in BUTTONS and not control.name.startswith("confirm"):
                continue
            if control.kind == "select":
                control.value = control.value or next((value for value in control.choices if value), "")
            if control.kind == "radio" and (control.name in chosen or not control.value):
                continue
            chosen.add(control.name)
            sent.append((control.name, control.value or ("on" if control.kind == "checkbox" else "")))
        return sent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.form: PageForm | None = None
        self.area: Control | None = None

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = PageForm(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self.form)
        if self.form is None:
            return
        controls = self.form.controls
        if tag == "option" and controls and controls[-1].kind == "select":
            controls[-1].choices.append(said.get("value", ""))
            if "selected" in said:
                controls[-1].value = said.get("value", "")
        if tag in {"input", "textarea", "select", "button"} and said.get("name"):
            kind = said.get("type", "text") if tag == "input" else tag
            invalid = said.get("aria-invalid") == "true"
            controls.append(Control(said["name"], kind, said.get("value", ""), "checked" in said, invalid))
            if tag == "textarea":
                self.area = controls[-1]
            controls[-1].is_day = bool({"vDateField", "vTimeField"} & set(said.get("class", "").split()))

    def handle_data(self, data):
        if self.area is not None:
            self.area.value += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        if tag == "textarea" and self.area is not None:
            self.area.value = self.area.value.removeprefix("\r\n").removeprefix("\n")
            self.area = None


def forms_in(page: str) -> list[PageForm]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms
