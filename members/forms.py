from typing import Any

from django import forms
from django.http import HttpRequest


class JoinForm(forms.Form):
    """What somebody gives to join: a name and a level, under the notice in force."""

    name = forms.CharField(max_length=120)

    def signup(self, request: HttpRequest, user: Any) -> None:
        """The adapter saves; allauth only needs this method to exist."""
