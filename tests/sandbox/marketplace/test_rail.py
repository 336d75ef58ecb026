"""One rail's queue under its limits."""

from decimal import Decimal

from bot.sandbox.marketplace.rail import Rail, Request
from bot.sandbox.marketplace.resources import Withdrawals

PLENTY = Decimal(10_000_000)


def request(worth: int, *, asked: int = 0, new: bool = False) -> Request:
    return Request(Decimal(worth), Decimal(worth), asked, new)


def limit(most: int, hourly: int) -> Withdrawals:
    return Withdrawals(
        status="enabled", max_per_transaction=Decimal(most), hourly_limit=Decimal(hourly), in_flight="hold"
    )


def rail(*requests: Request) -> Rail:
    return Rail("USDT", "TRON", list(requests))


def worths(requests: list[Request]) -> list[int]:
    return [int(request.worth) for request in requests]


def signed_after(
    served: Rail, rule: Withdrawals, *, spendable: Decimal = PLENTY, before: int = 0
) -> list[int]:
    served.fill_bucket(rule, 60)
    served.sign(rule, asked_before=before, spendable=PLENTY)
    return worths(served.signed)


def test_small_withdrawals_pass_while_larger_ones_wait_in_their_order() -> None:
    served = rail(request(9_000), request(400), request(501), request(500))
    assert signed_after(served, limit(500, 100_000)) == [400, 500]
    assert worths(served.waiting) == [9_000, 501]


def test_within_the_limit_the_oldest_goes_first_and_none_overtakes_it() -> None:
    served = rail(request(4_000), request(4_000), request(100))
    assert signed_after(served, limit(5_000, 20_000)) == [4_000]
    assert worths(served.waiting) == [4_000, 100]


def test_what_the_hourly_limit_can_never_allow_does_not_block_the_rest() -> None:
    served = rail(request(90_000), request(100))
    assert signed_after(served, limit(250_000, 60_000)) == [100]


def test_no_more_than_the_hourly_limit_goes_out_in_an_hour_once_the_bucket_is_used_up() -> None:
    served, rule, out = rail(*(request(450) for _ in range(2_000))), limit(500, 100_000), []
    for _ in range(15 + 60):
        served.fill_bucket(rule, 60)
        served.sign(rule, asked_before=0, spendable=PLENTY)
        out.append(sum(worths(served.broadcast(rule))))
    assert 99_000 <= sum(out[15:]) <= 100_500


def test_risky_withdrawals_wait_out_their_delay() -> None:
    served = rail(request(100, asked=50, new=True), request(100, asked=10, new=True), request(200, asked=50))
    assert signed_after(served, limit(500, 100_000), before=30) == [100, 200]
    assert [waiting.asked for waiting in served.waiting] == [50]


def test_an_empty_wallet_pays_what_still_fits_and_counts_what_does_not() -> None:
    served, rule = rail(request(400), request(90)), limit(500, 100_000)
    served.fill_bucket(rule, 60)
    assert served.sign(rule, asked_before=0, spendable=Decimal(100)) == 1
    assert worths(served.signed) == [90]
