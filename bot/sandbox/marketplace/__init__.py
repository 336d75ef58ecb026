"""A marketplace to rehearse on: its control API, the market behind it, and faults to order.

It plays an outside service in a process of its own and shares no code with the product.

- `resources`, `catalogue`, `desk`, `journal`: the controls, the rules of a write, and what survives a restart
- `faults`, `front`: misbehaviour to order
- `scenario`, `model` and the modules it stands on: a seeded market, pure and deterministic
- `world`: the model kept in step with business time
- `app` and the `*_api` modules: HTTP; `monitor`, `newsroom`: what it pushes and what it reads
"""
