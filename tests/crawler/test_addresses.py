"""Public and not: by the address, whatever its spelling."""

from __future__ import annotations

import pytest

from crawler.addresses import is_public, literal_address

PUBLIC = "8.8.8.8 151.101.1.67 2a04:4e42::223 2606:4700::6810:84e5 64:ff9b::808:808 ::ffff:8.8.8.8"
NOT_PUBLIC = """
0.0.0.0 10.255.255.255 100.64.0.1 127.0.0.1 169.254.169.254 172.31.0.1 192.0.0.8 192.0.2.1 192.88.99.1
192.168.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.251 239.255.255.250 255.255.255.255
:: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::a00:1 64:ff9b:1::808:808 100::1 2001::1 2001:2::1
2001:20::1 2001:db8::1 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1
168.63.129.16 2a04:4e42::5efe:7f00:1 fe80::1%lo 2a04:4e42::223%eth0 127.1 localhost example.org
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [*NOT_PUBLIC.split(), "", "8.8.8.8 ", "8.8.8.8:80"])
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("site.example", None),
        ("1.2.3.4.site.example", None),
        ("", None),
        ("127.0.0.256", None),
    ],
)
def test_numbers_are_recognised_in_every_spelling(host: str, address: str | None) -> None:
    assert literal_address(host) == address
