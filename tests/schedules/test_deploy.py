"""What deploy/ and docs/operating.md promise: valid files, and commands that exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from schedules.__main__ import _parser
from schedules.timetable import DEFAULT_PATH, load_timetable

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def commands(text: str) -> list[list[str]]:
    """The arguments of every `python -m schedules …` in a text."""
    return [line.split() for line in re.findall(r"python -m schedules ([^`\n]+)", text)]


@pytest.mark.parametrize(
    "path",
    [ROOT / "docs" / "operating.md", *DEPLOY.rglob("*.service"), *DEPLOY.rglob("Dockerfile")],
    ids=lambda path: path.name,
)
def test_the_commands_that_are_shown_exist(path):
    for words in commands(path.read_text()):
        assert _parser().parse_args(words).command == words[0]


def test_operating_names_every_command():
    shown = {words[0] for words in commands((ROOT / "docs" / "operating.md").read_text())}
    assert shown == {"run", "list", "next", "trigger", "pause", "resume", "history", "check"}


def test_the_fault_shown_in_operating_is_one_that_is_told():
    shown = re.search(r"jitter: '5' (is no duration; write .*)", (ROOT / "docs" / "operating.md").read_text())
    with pytest.raises(ValueError) as fault:
        from schedules.timetable import duration

        duration("5")
    assert shown[1] == str(fault.value)


def test_kubernetes_starts_no_crawl_beside_a_running_one():
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "cronjob.yaml").read_text()))
    cron = next(document for document in documents if document["kind"] == "CronJob")["spec"]
    pod = cron["jobTemplate"]["spec"]["template"]["spec"]
    assert (cron["concurrencyPolicy"], cron["timeZone"]) == ("Forbid", "Etc/UTC")
    assert pod["restartPolicy"] == "Never"
    assert pod["containers"][0]["command"] == ["scrapy", "crawl", "sputnik"]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == documents[0]["metadata"]["name"]


def test_compose_gives_crawls_time_to_end():
    compose = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
    service = compose["services"]["asiadesk"]
    assert service["read_only"]
    drain = load_timetable(DEFAULT_PATH).drain.total_seconds()
    assert int(service["stop_grace_period"].rstrip("s")) > drain + 30
    context = (DEPLOY / "docker" / service["build"]["context"]).resolve()
    assert (context / service["build"]["dockerfile"]).is_file()


def test_the_image_copies_only_what_is_there():
    dockerfile = (DEPLOY / "docker" / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", dockerfile, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}\n" in (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text(), source


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_units(tmp_path):
    for unit in (DEPLOY / "systemd").iterdir():
        text = re.sub(r"/opt/asiadesk/\.venv/bin/\w+", sys.executable, unit.read_text())
        (tmp_path / unit.name).write_text(text)
    units = sorted(str(path) for path in tmp_path.iterdir())
    answer = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    complaints = [line for line in answer.stderr.splitlines() if "asiadesk" in line]
    assert complaints == []
