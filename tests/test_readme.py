"""README shows only commands that work: each is run here, against the replica."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.crawling import stored_rows
from tests.replica.server import Replica

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = "https://sputnikglobe.com/20230101/slug-1105969655.html"
SAMPLE_ID = "sputnik:1105969655"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


COMMANDS = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A replica at the time of the dates in the README, and a folder whose `data` a crawl has filled."""
    folder = tmp_path_factory.mktemp("readme")
    with Replica(articles=150, seed=2, start="2026-11-10", end="2026-11-24") as replica:
        assert run("scrapy crawl sputnik", replica, folder).returncode == 0
        yield replica, folder


def run(command, replica, folder):
    """The command as a reader would type it; a crawl goes to the replica in place of the live site."""
    words = shlex.split(command)
    row = next(reversed(stored_rows(folder / "data").values()), {"url": SAMPLE, "article_id": SAMPLE_ID})
    words = [word.replace("/srv/asiadesk", str(folder / "other")) for word in words]
    words = [word.replace(SAMPLE, row["url"]).replace(SAMPLE_ID, row["article_id"]) for word in words]
    if words[1] == "crawl":
        words += ["-a", f"origin={replica.url}", "-s", f"NOW={replica.now.isoformat()}"]
        words += ["-s", "DOWNLOAD_DELAY=0"]
    elif words[1] == "preview":
        words += ["--origin", replica.url]
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, "ASIADESK_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_make_knows_the_targets_that_the_readme_names():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command in COMMANDS if command.startswith("make ")]
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("scrapy ")])
def test_the_command_works(place, command):
    result = run(command, *place)
    assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("python -m ")])
def test_the_services_command_works(place, command):
    _, folder = place
    process = subprocess.Popen(
        [sys.executable, *shlex.split(command)[1:]],
        cwd=ROOT,
        env={**os.environ, "ASIADESK_DATA_DIR": str(folder / "service")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if command.endswith(" run"):
        # It serves until it is told to stop, and then stops in peace; nothing is due in its first moment.
        assert "Serving" in process.stdout.readline()
        process.terminate()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output[-3000:]


def test_no_other_kind_of_command_is_shown():
    others = [c for c in COMMANDS if not c.startswith(("make ", "scrapy ", "python -m ", "source "))]
    assert not others, "teach this test to run them"


@pytest.mark.parametrize("code", blocks("python"))
def test_the_code_works(place, code):
    _, folder = place
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr


def test_the_exit_codes_are_those_of_the_code():
    from crawler import exit_codes

    shown = {int(code) for code in re.findall(r"^\| (\d+)(?:, \d+)? \|", README, re.MULTILINE)}
    names = ("COMPLETE", "USAGE", "QUARANTINE", "PARTIAL", "DRIFT", "STORAGE", "LEDGER", "INTERNAL", "BUSY")
    assert shown - {130} == {getattr(exit_codes, name) for name in names}
