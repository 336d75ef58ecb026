"""The verbs that people type: `breakwater incident|protected-mode|control|approval|operator …`.

Here is only what typer needs to know; what they do lies in `bot.cli.deeds` and is loaded when one runs.
"""
