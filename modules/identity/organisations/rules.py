"""What the words of an organisation may be."""

from urllib.parse import urlsplit

LONGEST_NAME = 200
LONGEST_TEXT = 5_000
LONGEST_WEBSITE = 500


def tidy_line(text: str, longest: int) -> str | None:
    """One line with single spaces, 2 characters at least; None when it cannot be one."""
    tidy = " ".join(text.split())
    return tidy if 2 <= len(tidy) <= longest and tidy.isprintable() else None


def tidy_text(text: str, longest: int = LONGEST_TEXT) -> str | None:
    """The text without space around it, perhaps nothing; None when it is too long."""
    tidy = text.strip()
    return tidy if len(tidy) <= longest else None


def tidy_website(address: str) -> str | None:
    """An address that a page may link to: of the web, nothing that runs in a browser; None when it is none."""
    tidy = address.strip()
    if len(tidy) > LONGEST_WEBSITE or not tidy.isprintable() or " " in tidy:
        return None
    try:
        parts = urlsplit(tidy)
        return tidy if parts.scheme in ("http", "https") and "." in (parts.hostname or "") else None
    except ValueError:  # a bracket where no address of a host has one
        return None
