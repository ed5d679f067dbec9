"""One page under many addresses is no article."""

from crawler.items import Article
from pipelines.same_page import WINDOW, SamePagePipeline
from pipelines.session import Settled


def outcomes(*articles):
    stage = SamePagePipeline()
    reasons = []
    for article_id, headline, body_hash in articles:
        try:
            stage.process_item(Article(article_id=article_id, headline=headline, body_hash=body_hash))
        except Settled as end:
            reasons.append(f"{end.state}: {end.reason}")
        else:
            reasons.append(None)
    return reasons


def test_the_third_of_a_kind_and_all_after_it_are_quarantined():
    same = [(f"a:{n}", "We value your privacy", "h") for n in range(5)]
    assert outcomes(*same) == [None, None, *["quarantined: same-page"] * 3]


def test_one_article_fetched_again_is_one():
    assert outcomes(*[("a:1", "Harbour talks", "h")] * 5) == [None] * 5


def test_the_same_words_under_another_headline_are_another_article():
    assert outcomes(*((f"a:{n}", f"Live: day {n}", "h") for n in range(5))) == [None] * 5


def test_a_stub_that_returns_every_week_is_no_wall():
    week = [("a:{}", "Weekly quiz", "h"), *(("b:{}", f"News {n}", f"h{n}") for n in range(WINDOW))]
    assert not any(outcomes(*((key.format(n), *rest) for n in range(5) for key, *rest in week)))
