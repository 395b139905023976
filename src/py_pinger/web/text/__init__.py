"""Texts of the pages whose moments follow the zone that the reader has chosen."""
