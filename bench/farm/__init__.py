"""Task pages in any number, with the expected verdict, cause and notices of each."""

from bench.farm.farm import Farm
from bench.farm.page import Expected, Kind, Page
from bench.farm.slack import Message, Slack

__all__ = ["Expected", "Farm", "Kind", "Message", "Page", "Slack"]
