"""What people enter: preferences, a subscription, a draft and its release."""

from notices.forms.notices import (
    ZONES,
    CorrectionForm,
    DecisionForm,
    NoticeForm,
    PreviewForm,
    ReleaseForm,
    WritingForm,
    not_to_fill_in,
    notice_form,
)
from notices.forms.outreach import MentionForm, RelayForm
from notices.forms.requests import DATES, RfpForm, RfpUpdateForm
from notices.forms.subscriptions import NOTHING, PreferencesForm, SubscribeForm

__all__ = [
    "DATES",
    "NOTHING",
    "ZONES",
    "CorrectionForm",
    "DecisionForm",
    "MentionForm",
    "NoticeForm",
    "PreferencesForm",
    "PreviewForm",
    "RelayForm",
    "ReleaseForm",
    "RfpForm",
    "RfpUpdateForm",
    "SubscribeForm",
    "WritingForm",
    "not_to_fill_in",
    "notice_form",
]
