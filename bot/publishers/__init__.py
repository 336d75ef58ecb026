"""Adapters to where the public and the support desk read; one small file each."""
