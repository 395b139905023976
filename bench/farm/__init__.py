"""Task pages in any number, and what is to be said of each: verdict, cause, notices."""

from bench.farm.farm import Farm
from bench.farm.page import Expected, Kind, Page
from bench.farm.slack import Message, Slack

__all__ = ["Expected", "Farm", "Kind", "Message", "Page", "Slack"]
