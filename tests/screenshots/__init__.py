"""The README's pictures, drawn by `make screenshots` from a played incident; the PNGs lie beside this file.

- `scene`: the sandbox as `make sandbox` starts it, and an incident played until there is something to see
- `pictures`: the pages in Chromium, in both themes, made small
"""
