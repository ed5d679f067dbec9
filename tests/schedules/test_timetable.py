"""The timetable: what it takes, and how it says where it is wrong and what to write instead."""

from datetime import timedelta

import pytest

from schedules.due_times import Auto, Cron, Every
from schedules.timetable import DEFAULT_PATH, TimetableError, load_timetable, parse_timetable


def test_the_timetable_that_we_ship_is_valid():
    timetable = load_timetable(DEFAULT_PATH)
    assert timetable.jobs["sputnik"].enabled
    assert isinstance(timetable.jobs["sputnik"].due_times, Auto)


def test_an_outlet_takes_the_defaults_that_it_does_not_set_itself():
    timetable = parse_timetable("""
        [service]
        parallel = 3
        drain = "0s"
        [defaults]
        timeout = "20m"
        memory = "800 MiB"
        overlap = "queue"
        [outlets.one]
        every = "1h30m"
        [outlets.two]
        cron = "15 6-22 * * 1-5"
        timeout = "2h"
        overlap = "skip"
        catch_up = "none"
        enabled = false
        arguments = ["-s", "DOWNLOAD_DELAY=3"]
        jitter = "90s"
    """)
    one, two = timetable.jobs["one"], timetable.jobs["two"]
    assert (timetable.parallel, timetable.drain) == (3, timedelta(0))
    assert one.due_times == Every(timedelta(minutes=90))
    assert (one.timeout, one.memory, one.overlap) == (timedelta(minutes=20), 800 * 2**20, "queue")
    assert two.due_times == Cron.parse("15 6-22 * * 1-5")
    assert (two.timeout, two.overlap, two.catch_up, two.enabled) == (
        timedelta(hours=2),
        "skip",
        "none",
        False,
    )
    assert two.jitter == timedelta(seconds=90)
    assert (one.arguments, two.arguments) == ((), ("-s", "DOWNLOAD_DELAY=3"))


FAULTS = [
    ('[outlets.a]\nevery = "x"', "line 2: outlets.a.every: 'x' is no duration; write it like"),
    ('[outlets.a]\nevery = "0s"', "line 2: outlets.a.every: '0s' must be longer than nothing"),
    ("[outlets.a]\nevery = 30", "line 2: outlets.a.every: 30 is no duration"),
    ('[outlets.a]\nevery = "900d"', "line 2: outlets.a.every: '900d' is longer than a year"),
    ("[outlets.a]\ncron = 5", "line 2: outlets.a.cron: 5: is no text; write five cron fields"),
    ('[outlets.a]\n\ncron = "0 *"', "line 3: outlets.a.cron: '0 *': 2 fields where cron has five"),
    ('[outlets.a]\ncron = "61 * * * *"', "line 2: outlets.a.cron"),
    ('[outlets.a]\ncron = "0 0 * * 8"', "weekday '8' does not exist; write 0 to 7"),
    ('[outlets.a]\ncron = "0 0 * * mon-"', "weekday 'mon-' is not understood"),
    ('[outlets.a]\ncron = "0 0 31 2 *"', "this date never comes; name a day that the month has"),
    ('[outlets.a]\njitter = "1m"', "line 1: outlets.a: has neither cron nor every; write one of them"),
    ('[outlets.a]\nevery = "1h"\ncron = "0 * * * *"', "line 1: outlets.a: has both cron and every"),
    ('[outlets.a]\nevery = "1h"\nevry = "1h"', "line 3: outlets.a.evry: is not known; did you mean every?"),
    ('[outlets.a]\nevery = "1h"\nlongest = "1h"', 'line 3: outlets.a.longest: is for every = "auto" only'),
    ('[outlets.a]\nevery = "auto"\nshortest = "7h"', "line 3: outlets.a.shortest: is longer than longest"),
    ('[outlets.a]\nevery = "auto"\nlongest = "far"', "line 3: outlets.a.longest: 'far' is no duration"),
    ('[outlets.a]\nevery = "1h"\nmemory = "2 GB"', "line 3: outlets.a.memory: '2 GB' is no size of memory"),
    ('[outlets.a]\nevery = "1h"\nmemory = "1 MiB"', "is too little for any crawl"),
    ('[outlets.a]\nevery = "1h"\noverlap = "kill"', 'is not understood; write "skip" or "queue"'),
    ('[outlets.a]\nevery = "1h"\nenabled = "yes"', "is neither true nor false"),
    (
        '[outlets.a]\nevery = "1h"\narguments = "-s A=1"',
        "line 3: outlets.a.arguments: '-s A=1' is no list of texts",
    ),
    ('[outlets.a]\nevery = "1h"\narguments = ["-s", "DATA_DIR=x"]', "sets DATA_DIR, which is the service's"),
    ('[outlets]\na = "1h"', "line 2: outlets.a: is no table; write [outlets.a], and below it every"),
    ('[outlets."../a"]\nevery = "1h"', "line 1: outlets.../a: is no outlet's name"),
    ('outlets.a.every = "1h"\noutlets.a.jitter = 1', "line 2: outlets.a.jitter: 1 is no duration"),
    ("[service]\nparallel = 0\n", "line 2: service.parallel: 0 is no number from 1 up"),
    ("[servise]\n", "line 1: servise: is not known; did you mean service?"),
    ("outlets = 5\n", "line 1: outlets: is no table; write [outlets]"),
    ("", "outlets: there is no outlet; add [outlets.sputnik]"),
    ("[outlets.a]\nevery = 1h", "line 2: not TOML"),
    ("[outlets.a]\nevery = '1h'\n[outlets.a]", "line 3: not TOML"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_a_fault_is_told_with_line_key_and_remedy(text, message):
    with pytest.raises(TimetableError) as error:
        parse_timetable(text, "t.toml")
    assert message in str(error.value)
    assert str(error.value).startswith("t.toml, line ")
    assert "\n" not in str(error.value)


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    with pytest.raises(TimetableError) as error:
        parse_timetable('[defaults]\njitter = 1\n[outlets.a]\nevery = "x"\n[outlets.b]\ncron = "x"\n')
    lines = str(error.value).splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [
        "defaults.jitter",
        "outlets.a.every",
        "outlets.b.cron",
    ]


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path):
    with pytest.raises(TimetableError, match=r"nowhere\.toml: cannot be read"):
        load_timetable(tmp_path / "nowhere.toml")
