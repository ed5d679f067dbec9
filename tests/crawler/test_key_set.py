from hashlib import blake2b

from crawler.key_set import KeySet


def keys(first, last):
    return [blake2b(b"%d" % number, digest_size=16).digest() for number in range(first, last)]


def test_it_holds_what_was_added_and_nothing_else():
    seen = KeySet()
    for key in keys(0, 5000):
        assert key not in seen
        seen.add(key)
        seen.add(key)
    assert len(seen) == 5000
    assert all(key in seen for key in keys(0, 5000))
    assert not any(key in seen for key in keys(5000, 10000))


def test_keys_that_want_the_same_slot_and_a_key_of_zeros_are_told_apart():
    alike = [bytes([0, 0, 0, number]) + bytes(12) for number in range(40)]
    seen = KeySet()
    for number, key in enumerate(alike):
        assert key not in seen
        seen.add(key)
        assert len(seen) == number + 1
    assert all(key in seen for key in alike)
