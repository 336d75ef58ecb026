"""Adapters to the outside services whose settings we set and read back; one small file each."""
