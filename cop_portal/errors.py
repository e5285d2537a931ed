"""The one way the house says no."""


class Refused(Exception):
    """A rule of the portal refuses what was asked.

    ``message`` is a sentence ready to show to the person, saying what they can do; ``code`` names the rule for tests
    and for callers that must tell refusals apart. Actions raise it and leave nothing behind.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code
