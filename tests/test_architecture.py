"""The arrows between the rooms: who may import whom."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def imported_modules(path):
    """All modules that a file imports, at its top or within a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def files(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def offenders(paths, is_forbidden):
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in sorted(imported_modules(path))
        if is_forbidden(name)
    ]


def is_under(name, *packages):
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_storage_knows_neither_scrapy_nor_the_stages():
    def is_forbidden(name):
        return is_under(name, "scrapy", "twisted", "itemadapter", "schedules") or (
            is_under(name, "crawler", "pipelines")
            and not is_under(name, "crawler.items", "pipelines.storage")
        )

    assert not offenders(files("pipelines/storage"), is_forbidden)


def test_stages_know_of_the_crawler_only_its_item():
    stages = [path for path in files("pipelines") if "storage" not in path.parts]
    assert not offenders(
        stages, lambda name: is_under(name, "crawler", "schedules") and name != "crawler.items"
    )


def test_spiders_know_no_pipelines():
    assert not offenders(files("crawler/spiders"), lambda name: is_under(name, "pipelines", "schedules"))


def test_the_crawl_knows_of_the_pipelines_only_storage_and_session():
    known = ("pipelines.storage", "pipelines.session", "pipelines.run_settings")
    crawl = [path for path in files("crawler") if "commands" not in path.parts]
    assert not offenders(
        crawl,
        lambda name: (
            is_under(name, "schedules") or (is_under(name, "pipelines") and not is_under(name, *known))
        ),
    )


def test_schedules_know_commands_and_files_only():
    assert not offenders(
        files("schedules"),
        lambda name: (
            is_under(name, "scrapy", "twisted", "crawler")
            or (is_under(name, "pipelines") and not is_under(name, "pipelines.storage"))
        ),
    )


def test_nobody_imports_the_crawler_package_itself():
    # Every `from_crawler(cls, crawler)` would hide it.
    for path in files("crawler", "pipelines", "schedules", "tests", "benchmarks"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert "crawler" not in [alias.name for alias in node.names], path


def test_the_test_folders_are_no_packages():
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_no_data_and_no_page_of_others_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [line.split("\t", 1)[1] for line in listed.stdout.splitlines()]
    assert not [p for p in paths if p.endswith((".parquet", ".sqlite", ".warc", ".log", ".html.gz"))]
