"""The box for the files of a meeting tool's report. What they are is told by their content."""

from typing import Any

from django import forms

from meetings.tool_report import MOST_BYTES


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; what they are is told by their content."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        files = data if isinstance(data, list | tuple) else [data]
        return [self._read(super(FilesField, self).clean(each, initial)) for each in files]

    def _read(self, file: Any) -> bytes:
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"A file may have up to {MOST_BYTES // 1_000_000} MB.")
        content: bytes = file.read()
        return content
