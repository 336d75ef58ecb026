"""The scenarios as they are told: title, story, what a good commander does, and the wire of what people hear.

The wire tells only what a person in the incident could know at that moment, from whom, and without a verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of the wire: who says it and what."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario for people. `leads_to` is the class where the decision tree arrives; `wire` is by event."""

    name: str
    title: str
    story: str
    good: str
    leads_to: str
    wire: Mapping[str, Heard] = field(default_factory=dict)


STORIES: Mapping[str, Story] = {
    story.name: story
    for story in (
        Story(
            name="calm",
            title="An ordinary day",
            story="Nothing fails. Withdrawals and deposits balance, and the price wanders.",
            good="Look around: ask for /incident help, try a control and release it again.",
            leads_to="",
        ),
        Story(
            name="counterparty_failure",
            title="A counterparty fails",
            story="northbank, where nine million USDT lie, stops answering. Customers hear of it within "
            "minutes and ask for their money back.",
            good="Protects before classifying, stops routing to northbank, tells customers what works and "
            "when the next word comes, and reopens in steps once a part is honoured.",
            leads_to="counterparty_failure",
            wire={
                "began": Heard(
                    "settlement desk", "northbank no longer answers; calls run into their timeout."
                ),
                "ended": Heard("northbank", "We resume payments and honour 85% of what we owe."),
            },
        ),
        Story(
            name="rumour_run",
            title="A run after a rumour",
            story="A post says that the exchange cannot pay. Nothing of it is true, but what can be paid "
            "today is less than what is asked for, and silence feeds the rumour.",
            good="Speaks early, honestly and on time, slows withdrawals so that everybody is served, and "
            "keeps each promise of a next word: the rumour starves on kept promises.",
            leads_to="reserve_issue",
            wire={
                "began": Heard(
                    "social media", "“They cannot pay. Get out now.” 4,000 shares in ten minutes."
                ),
                "ended": Heard("social media", "The talk has moved on; the author has deleted the post."),
            },
        ),
        Story(
            name="custody_pause",
            title="The custody provider pauses",
            story="northbank keeps the reserve in custody and stops every transfer for a security review. "
            "The money is there, and nobody can move it; only the hot wallet pays.",
            good="Sees at once that no refill comes, makes the hot wallet last with small withdrawals, "
            "says so in public, and does not take a pause for a loss.",
            leads_to="counterparty_failure",
            wire={
                "began": Heard("northbank", "Transfers are paused while we review a security alert."),
                "ended": Heard("northbank", "The review is over. All transfers are possible again."),
            },
        ),
        Story(
            name="hot_key",
            title="A hot-wallet key is suspected",
            story="Forty USDT leave the hot wallet and no customer asked for it. Nine minutes later it is "
            "twelve thousand a minute.",
            good="Believes the small sign, suspends the rail concerned and then the other one, weighs "
            "freezing all signing with the executive, and moves to new keys before reopening.",
            leads_to="custody_incident",
            wire={
                "began": Heard(
                    "wallet ops", "A transfer of 40 USDT on Tron has no withdrawal request behind it."
                ),
                "taking": Heard(
                    "wallet ops", "More transfers on Tron that nobody asked for, one every minute."
                ),
                "rail_shut": Heard("wallet ops", "Nothing unclaimed on Tron since it was suspended."),
                "thief_moves": Heard("wallet ops", "Unclaimed transfers now on Ethereum, the same receiver."),
                "ended": Heard(
                    "technical lead's team",
                    "New keys are in place on clean devices; the old ones sign nothing any more.",
                ),
                "booked": Heard("treasury", "The loss is counted and booked; books and chain agree again."),
            },
        ),
        Story(
            name="pays_twice",
            title="A deploy pays out twice",
            story="A release of the payout service sends one withdrawal in five a second time. Books and "
            "chain part company while every customer is content.",
            good="Freezes changes first, which lets the release stand out, does not mistake the drift for "
            "a theft, slows payouts meanwhile, and proves afterwards that none ran twice.",
            leads_to="technical_outage",
            wire={
                "began": Heard("deploy log", "payout-service 2026.47.2 is live on all nodes."),
                "second_release": Heard(
                    "deploy log", "payout-service 2026.47.3 is live: “retry failed payouts”."
                ),
                "second_stopped": Heard(
                    "deploy log", "payout-service 2026.47.3 is held back by the change freeze."
                ),
                "ended": Heard(
                    "technical lead's team", "2026.47.2 pays retried requests twice; it is rolled back."
                ),
                "booked": Heard(
                    "treasury", "Every double payment is listed and booked; books and chain agree."
                ),
            },
        ),
        Story(
            name="price_crash",
            title="The price crashes, the reserves are whole",
            story="BTC loses a quarter within forty minutes, here and elsewhere. Forced sales on our own "
            "book can push it further down here than anywhere else.",
            good="Checks a second venue before believing the tick, thins the book and narrows the bands, "
            "widens quotes, leaves withdrawals alone while coverage holds, and reopens in order.",
            leads_to="market_move",
            wire={
                "began": Heard("market desk", "BTC-USDT falls fast; liquidations are running."),
                "elsewhere_too": Heard("market desk", "harbor and two public venues show the same fall."),
                "cascade": Heard("market desk", "Our price now lies well below every other venue's."),
                "ended": Heard("market desk", "Volumes are back to usual and spreads are closing."),
            },
        ),
    )
}


def wire(name: str, noted: Sequence[tuple[float, str]]) -> list[tuple[float, Heard]]:
    """What has come over the wire so far, oldest first: minutes and lines."""
    lines = STORIES[name].wire
    return [(minute, lines[event]) for minute, event in noted if event in lines]
