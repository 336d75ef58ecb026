"""Socket Mode: Slack's requests over a WebSocket that we open, for where Slack cannot reach us over HTTP.

`line` keeps a connection standing for as long as the process runs (`backoff` says how long to wait), `dial`
opens one, `link` is one, `frames` reads what comes over it, `receiver` answers envelopes through the
entrance, `acks` writes the answers.

slack_sdk's own client is not used. It closes the old connection before it opens the next, waits the same
five seconds after every failure, does not wait at all after `too_many_websockets` and `link_disabled`, goes
through whatever proxy the environment names, and forgets what it is answering when it reconnects.
"""
