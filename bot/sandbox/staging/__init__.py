"""What the demo and the sandbox by hand are both put on with.

`world` is what each process is told, `process` one of them and `leash` what ends it with its parent, `stage`
all of them; `market` asks the marketplace. `content` makes runbooks from the shipped ones under the durations
of `demo.yaml` or `sandbox.yaml`.
"""
