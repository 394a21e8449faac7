"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine must not fail a property: time is measured where it is the subject, not by the way.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
