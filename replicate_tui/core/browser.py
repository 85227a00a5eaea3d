"""Web pages, in the user's browser."""

from urllib.parse import urlsplit

_API = "api.replicate.com"


def open_page(url: str) -> bool:
    """Open a web page in a window of its own; False when there is no browser that could, or it is no web page.

    A browser that would draw in this terminal does not count. Blocks for a moment; call it in a thread.
    """
    import webbrowser

    try:
        if urlsplit(url).scheme not in ("http", "https"):
            return False
        browser = webbrowser.get()
    except (ValueError, webbrowser.Error):
        return False
    return type(browser) is not webbrowser.GenericBrowser and browser.open(url)


def replicate_page(host: str, path: str) -> str | None:
    """The address of a page of Replicate's own; None where `host`, the API that is asked, is another one's."""
    return f"https://replicate.com/{path}" if host == _API else None
