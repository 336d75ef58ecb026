"""The ledger's verifier: the product's own check of its database, and one file for everybody else.

`canon`, `ed25519` and `heads` know forms and signatures, `rules` replays what rows tell, `examine` does it
all, `command` is what the file does when it is run. Nothing here needs more than Python's standard library;
`single` joins the modules into the `verify.py` that every bundle carries.
"""
