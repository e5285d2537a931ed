"""What people enter: preferences, a subscription, a draft and its release."""

from notices.forms.notices import DecisionForm, NoticeForm, PreviewForm, ReleaseForm
from notices.forms.outreach import MentionForm, RelayForm
from notices.forms.requests import RfpForm, RfpUpdateForm
from notices.forms.subscriptions import NOTHING, PreferencesForm, SubscribeForm

__all__ = [
    "NOTHING",
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
]
