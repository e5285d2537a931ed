"""The production settings, as the rig's workers and clock have them: only the time runs faster, and they may be killed."""

import os

from cop_portal.settings import *  # noqa: F403

FAILPOINTS = True
DELIVERY_HASTE = float(os.environ["COP_HASTE"])
EMAIL_TIMEOUT = 20 / DELIVERY_HASTE
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": entry["schedule"] / DELIVERY_HASTE}
    for name, entry in CELERY_BEAT_SCHEDULE.items()  # noqa: F405
    if isinstance(entry["schedule"], float)
}
