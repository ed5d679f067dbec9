"""The scheduler's hold on the ledger's `runs`: a due time is claimed before its crawl starts."""

from pipelines.storage.ledger import Ledger, Run


def test_a_crawl_that_begins_and_ends_keeps_the_due_time_of_its_claim(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.add_run_row(Run("sputnik-1", "sputnik", due_at=3600, started_at=3601))
        ledger.begin_run("sputnik-1", "sputnik", started_at=3602)
        ledger.end_run("sputnik-1", exit_code=0)
        run = ledger.run("sputnik-1")
    assert (run.due_at, run.started_at, run.status) == (3600, 3602, "done")


def test_rows_are_written_all_or_none(tmp_path):
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.add_run_row(*(Run(f"sputnik-{n}", "sputnik", "schedule", "missed", n) for n in range(3)))
        assert [run.due_at for run in ledger.runs("sputnik")] == [2, 1, 0]
