"""Adapters to the outside services whose settings we set and read back.

- `registry`: which adapter serves which kind, and which registry serves which environment
- `http`: controls described in YAML; `filling` makes its requests, `calling` sends them within bounds,
  `answers` says what came back
- `null`: controls that reach nothing
- `outbound`: the hosts that may be called at all
"""
