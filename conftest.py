"""Root of the test suite: which engines it runs on. The cast of the tests is in tests/."""

pytest_plugins = ["tests.engines"]
