"""The head of a request, as far as waitress reads it before the app is asked."""

from __future__ import annotations

from waitress.parser import HTTPRequestParser, ParsingError


class Parser(HTTPRequestParser):
    """Takes a target that is no URL for a bad request; waitress would log its own trouble with it."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; raise ParsingError where it is none."""
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise ParsingError("The target is no URL") from None
