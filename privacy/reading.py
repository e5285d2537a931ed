"""The notice in force as a form offers it: in every language there is, and which of them was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from privacy import legible

if TYPE_CHECKING:
    from privacy.models import ConsentNotice


class NoticeFields(legible.Form):
    """A form with a tick (``tick`` names its field) that agrees to a notice: adds ``notice``, the text that was read.

    Where ``tick`` is None the notice stands beside what somebody gives by sending the form.

    Call ``offer`` with ``ConsentNotice.objects.readable(key)``; give the cleaned ``notice`` to the action as its
    ``notice_id``. Where another version came into force meanwhile, all that was typed stays and the tick is asked anew.
    """

    tick: str | None = "agreed"
    notices: list[ConsentNotice]

    def offer(self, notices: list[ConsentNotice]) -> None:
        self.notices = notices
        self.fields["notice"] = forms.TypedChoiceField(
            label="I read the notice in",
            choices=[(notice.pk, notice.get_language_display()) for notice in notices],
            coerce=int,
            initial=notices[0].pk if notices else None,
            # Carried along where there is one language, chosen where there are several.
            widget=forms.Select if len(notices) > 1 else forms.HiddenInput,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.notices and "notice" not in data:
            self.errors.pop("notice", None)
            then = "tick here" if self.tick else "send this once more"
            self.add_error(self.tick, f"The notice changed while you were reading. Please read it again and {then}.")
            kept: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, or a dict in tests
            kept.pop(self.tick, None)
            kept["notice"] = str(self.notices[0].pk)
            self.data = kept
        return data
