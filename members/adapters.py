"""The portal's word in allauth's journeys: one class for each switchboard."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Joining goes through the portal's own action."""
