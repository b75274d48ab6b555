"""Root of the test suite: which engines it runs on. The cast of the tests is in tests/."""

from hypothesis import settings

pytest_plugins = ["tests.engines"]

# A machine with much to do is slow, not wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
