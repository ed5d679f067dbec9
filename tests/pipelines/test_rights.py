"""Reserved rights are told of, and respected where the operator wants it."""

import pytest

from crawler.items import Article
from pipelines.rights import RightsPipeline
from pipelines.session import Settled


@pytest.mark.parametrize("rights", [[], ["noindex"], ["none", "noai"]])
def test_by_default_the_row_is_kept_with_its_rights(rights):
    assert RightsPipeline([]).process_item(Article(rights=rights)).rights == rights


@pytest.mark.parametrize(
    ("rights", "reason"),
    [(["none"], "rights-none"), (["noarchive", "noai"], "rights-noai"), (["noindex"], None)],
)
def test_what_the_operator_respects_is_not_stored(rights, reason):
    stage = RightsPipeline(["none", " NoAI "])
    if reason is None:
        stage.process_item(Article(rights=rights))
        return
    with pytest.raises(Settled) as caught:
        stage.process_item(Article(rights=rights))
    assert (str(caught.value.state), caught.value.reason) == ("blocked", reason)
