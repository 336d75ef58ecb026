"""Socket Mode, from Slack's side: tickets, WebSockets, and envelopes that are sent until they are acked.

`endpoint` serves the WebSockets, `connection` is one of them, `hub` spreads envelopes over all of them.
"""
