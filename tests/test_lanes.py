"""The rule for missing servers: skip with a count at home, fail in CI."""

import pytest

from tests.lanes import ROOT

pytest_plugins = ["pytester"]

A_BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_that_needs_chromium():
    pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Run a test of the lane `browser` on a machine without Chromium."""
    pytester.makeini("[pytest]\nmarkers = browser\n")
    pytester.makepyfile(A_BROWSER_TEST)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("CHROMIUM", raising=False)

    def in_ci(value: str, *options: str) -> pytest.RunResult:
        monkeypatch.setenv("CI", value)
        return pytester.runpytest_subprocess("-p", "tests.lanes", *options)

    return in_ci


@pytest.mark.parametrize("processes", [0, 2])
def test_a_missing_server_skips_its_lane_with_a_loud_count(run, processes):
    result = run("", f"-n{processes}")
    result.stdout.fnmatch_lines(["SKIPPED LANES: browser (Chromium not found): 1 test"])
    result.assert_outcomes(skipped=1)


@pytest.mark.parametrize("processes", [0, 2])
def test_a_missing_server_fails_in_ci(run, processes):
    result = run("true", f"-n{processes}")
    result.stdout.fnmatch_lines(["*In CI every lane must run. Missing: browser*"])
    result.assert_outcomes(errors=1)
