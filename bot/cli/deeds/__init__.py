"""What the verbs of the command line do.

`session` opens the deployment, knows the person by their key and signs; `verbs` names every verb; the rest
carry them out through the same use cases as Slack.
"""
