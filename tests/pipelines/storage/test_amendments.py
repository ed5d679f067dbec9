import pytest

from pipelines.storage.amendments import Amendment, amended
from pipelines.storage.partitions import partition_path, read_partition
from pipelines.storage.publish import publish
from pipelines.storage.tables import amendments
from tests.pipelines.storage.samples import OUTLET, fetched, key, link
from tests.pipelines.storage.tables_of_rows import table, version


def amendment(number, duplicate_of="herald:1", similarity=0.75):
    return Amendment(key(number), f"{OUTLET}:{number}", duplicate_of, similarity)


def write(ledger, *due):
    ledger.outlet_number(OUTLET)
    with ledger.writing() as connection:
        rows = [{**one._asdict(), "outlet": ledger.find_outlet(OUTLET)} for one in due]
        connection.execute(ledger.upsert(amendments), rows)


def stored(data_dir):
    rows = read_partition(partition_path(data_dir, "articles", OUTLET, 202405)).to_pylist()
    return {row["article_id"]: (row["duplicate_of"], row["similarity"]) for row in rows}


def test_only_the_rows_meant_are_amended_and_twice_is_as_once():
    rows = table(version(1), version(2), version(3))
    once = amended(rows, [amendment(2), amendment(9)])
    assert once["duplicate_of"].to_pylist() == [None, "herald:1", None]
    assert once["similarity"].to_pylist() == [None, 0.75, None]
    assert once.schema == rows.schema
    assert amended(once, [amendment(2)]).equals(once)
    assert amended(rows, []) is rows


def test_stored_and_staged_rows_are_amended_by_the_next_publish(ledger, tmp_path):
    for number in (1, 2, 3):
        ledger.discover(OUTLET, [link(number)], 1)
    ledger.record([fetched(1), fetched(2)], 10)
    publish(ledger, tmp_path, OUTLET)
    write(ledger, amendment(1))
    publish(ledger, tmp_path, OUTLET)
    assert stored(tmp_path) == {f"{OUTLET}:1": ("herald:1", 0.75), f"{OUTLET}:2": (None, None)}
    ledger.record([fetched(3, 2000)], 2010)
    write(ledger, amendment(2), amendment(3, "herald:2"))
    publish(ledger, tmp_path, OUTLET)
    assert stored(tmp_path)[f"{OUTLET}:2"] == ("herald:1", 0.75)
    assert stored(tmp_path)[f"{OUTLET}:3"] == ("herald:2", 0.75)
    assert ledger.amendments(OUTLET) == {}


def test_an_amendment_survives_a_death_between_file_and_ledger(ledger, tmp_path, monkeypatch):
    ledger.record([fetched(1)], 10)
    write(ledger, amendment(1))
    with monkeypatch.context() as dying:
        dying.setattr(type(ledger), "amended", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publish(ledger, tmp_path, OUTLET)
    assert len(ledger.amendments(OUTLET)) == 1
    publish(ledger, tmp_path, OUTLET)
    assert stored(tmp_path) == {f"{OUTLET}:1": ("herald:1", 0.75)}
    assert ledger.amendments(OUTLET) == {}


def test_what_was_amended_anew_meanwhile_is_not_dropped(ledger):
    ledger.record([fetched(1)], 10)
    write(ledger, amendment(1))
    [due] = ledger.amendments(OUTLET).values()
    write(ledger, amendment(1, "tribune:1"))
    ledger.amended(due)
    assert [one.duplicate_of for ones in ledger.amendments(OUTLET).values() for one in ones] == ["tribune:1"]
