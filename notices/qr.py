"""Drawings of our own addresses, for a phone's camera. Whoever shows one writes the address beside it in words."""

import segno
from django.utils.safestring import SafeString


def qr(address: str) -> SafeString:
    """The address as an SVG drawing.

    White behind it: a transparent code is black on dark in dark mode, and no phone reads it. The drawing is squares
    alone; the address is in them and not in the markup.
    """
    return SafeString(segno.make(address, error="m").svg_inline(light="white", border=2, omitsize=True))
