"""Adapters to where the public, the support desk and the auditors read; one small file each.

`builtin` is our own status page, `registry` chooses by environment and kind, `jobs` publishes; `review` and
`charts` write the review of an incident, `bundle` and `anchors` take the ledger outside.
"""
