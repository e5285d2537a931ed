"""A date and a time as somebody reads them off a clock; whose clock it is, another field says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms


class ClockTimeField(forms.SplitDateTimeField):
    """Without a zone: Django would take it for the server's, and refuse what that clock alone does not show."""

    default_error_messages = {
        "invalid_date": "Enter a date such as 2027-01-20.",
        "invalid_time": "Enter a time such as 09:00.",
    }

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values or time in self.empty_values:
            raise forms.ValidationError("Enter a date and a time.")
        return datetime.combine(day, time)
