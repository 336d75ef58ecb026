"""Turns: who waits how long, and who goes first."""

from bot.slack.pace import PER_MINUTE, POST, Pace

EDIT, ROOM = "chat.update", "C1"


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def calls_in(seconds: int, *, callers: int, pace: Pace, clock: Seconds) -> dict[str, int]:
    """How often each of some callers that never rest got through."""
    got = {f"card:{n}": 0 for n in range(callers)}
    for _ in range(seconds * 10):
        for who in got:
            got[who] += pace.wait(EDIT, ROOM, who) == 0
        clock.now += 0.1
    return got


def test_twenty_that_never_rest_share_one_tier_evenly() -> None:
    clock = Seconds()
    got = calls_in(600, callers=20, pace=Pace(clock), clock=clock)
    assert sum(got.values()) <= PER_MINUTE[EDIT] * 10 + 40
    assert sum(got.values()) >= PER_MINUTE[EDIT] * 9
    assert max(got.values()) - min(got.values()) <= 2


def test_never_more_in_any_minute_than_slack_lets_through() -> None:
    clock, level = Seconds(), float(PER_MINUTE[EDIT])
    pace = Pace(clock)
    for second in range(1200):
        clock.now = float(second)
        level = min(PER_MINUTE[EDIT], level + PER_MINUTE[EDIT] / 60)
        busy = second % 300 < 200
        level -= sum(pace.wait(EDIT, ROOM, f"card:{n}") == 0 for n in range(30)) if busy else 0
        assert level >= 0


def test_what_a_person_waits_for_goes_before_what_is_merely_redrawn() -> None:
    clock = Seconds()
    pace = Pace(clock)
    waits = [pace.wait(EDIT, ROOM, f"card:{n}") for n in range(60)]
    assert waits[-1] > 20
    assert pace.wait(EDIT, ROOM, "proposal:1", urgent=True) < 2
    assert pace.wait(EDIT, ROOM, "card:59") > waits[-1]


def test_a_complaint_about_one_channel_or_method_holds_up_no_other() -> None:
    pace = Pace(Seconds())
    pace.complained(POST, ROOM, 30)
    pace.complained("pins.add", ROOM, 30)
    assert pace.wait(POST, ROOM, "say:1") >= 30
    assert pace.wait("pins.add", "C2", "INC-2") >= 30
    assert pace.wait(POST, "C2", "say:2") == 0
    assert pace.wait("conversations.create", "", "INC-3") == 0


def test_a_method_goes_unhindered_until_slack_complains_of_it_and_again_when_it_is_forgotten() -> None:
    clock = Seconds()
    pace = Pace(clock)
    assert not any(pace.wait("conversations.create", "", f"INC-{n}") for n in range(50))
    pace.complained("conversations.create", "", 3)
    waits = [pace.wait("conversations.create", "", f"INC-{n}") for n in range(3)]
    assert 3 <= waits[0] < waits[1] < waits[2]
    assert waits[2] - waits[1] >= 60 / PER_MINUTE["conversations.create"]
    clock.now += 600
    assert not any(pace.wait("conversations.create", "", f"INC-{n}") for n in range(50))


def test_two_workers_that_share_a_tier_come_down_until_slack_complains_no_more() -> None:
    clock, level, refused = Seconds(), float(PER_MINUTE[EDIT]), []
    workers = [Pace(clock), Pace(clock)]
    for tick in range(9000):
        clock.now = tick / 10
        level = min(PER_MINUTE[EDIT], level + PER_MINUTE[EDIT] / 600)
        for pace in workers:
            for n in range(20):
                if pace.wait(EDIT, ROOM, f"card:{n}") == 0:
                    if level < 1:
                        pace.complained(EDIT, ROOM, 2)
                        refused.append(clock.now)
                    else:
                        level -= 1
    assert len(refused) < 40, len(refused)


def test_a_turn_that_nobody_takes_is_given_up() -> None:
    clock = Seconds()
    pace = Pace(clock)
    for n in range(60):
        pace.wait(EDIT, ROOM, f"card:{n}")
    clock.now += 400
    assert pace.wait(EDIT, ROOM, "card:new") == 0
