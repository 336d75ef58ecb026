"""Adapters to the outside services whose settings we set and read back.

- `registry`: which adapter serves which kind, and which registry serves which environment
- `http`: controls described in YAML; `requests` and `filling` make its requests, `calling` sends them within
  bounds and `pacing` at their rate, `answers` says what came back, `probing` looks at the effect itself
- `line`: controls told what to do by lines of text, as HAProxy is
- `fanout`: controls that services follow through Redis; `follow` is their contract and a client, by itself
- `null`: controls that reach nothing
- `outbound`: the hosts that may be called at all
"""
