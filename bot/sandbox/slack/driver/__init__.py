"""`/sandbox/*`: a person's hands and eyes in the sandbox, and the strings behind the stage.

`deeds` and `modals` act, `reading` looks, `control` orders faults and reads logs, `seen` is the answer,
`requests` are the bodies, `routes` is the table of paths.
"""
