"""Which address D2LCORE_MIRROR names, how one is written in ASCII, and the proxy on the way to it."""

import difflib
import os
import re
import string
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from .writing import DataUnavailable

SOCKS = ("socks", "socks4", "socks4a", "socks5", "socks5h")


def mirror() -> str | None:
    """The folder or http(s) address of D2LCORE_MIRROR, without a slash at its end; None if none is set.

    Raises DataUnavailable for what can be neither. A folder need not be there.
    """
    named = os.environ.get("D2LCORE_MIRROR", "").strip()
    if not named:
        return None
    wanted = f"D2LCORE_MIRROR: expected a folder or an http(s):// address, got '{_without_user(named)}'"
    if scheme := re.match(r"([a-z][a-z0-9+.-]+):[/\\]", named, re.IGNORECASE):
        kind, rest = scheme[1].lower(), named[len(scheme[1]) + 1 :]
        if kind not in ("http", "https") or not rest.startswith("//"):
            near = difflib.get_close_matches(kind, ["http", "https"], n=1, cutoff=0.7)
            meant = f"; did you mean {near[0]}://?" if near else ". Copy the data to a folder, and name that"
            raise DataUnavailable(wanted + meant)
        host = re.split("[/?#]", rest[2:])[0]
        if not host:
            raise DataUnavailable(f"{wanted}, which has no host")
        if "@" in host:
            raise DataUnavailable(f"{wanted} with a user or password in it, which is not supported")
        return f"{kind}:{rest.rstrip('/')}"
    if os.name != "nt" and re.match(r"[a-z]:[/\\]|\\\\", named, re.IGNORECASE):
        raise DataUnavailable(f"{wanted}, a folder of Windows; write its path as this system does")
    return named.rstrip("/\\") or named


def in_ascii(url: str) -> str:
    """The address as it is sent: a host of other letters in its ASCII form, and the rest with `%` codes.

    Raises ValueError if no host can have this name.
    """
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    path, query = (
        quote(text, safe=string.punctuation, errors="surrogateescape") for text in (parts.path, parts.query)
    )
    return urlunsplit((parts.scheme, host, path, query, ""))


class Proxies(urllib.request.ProxyHandler):
    """Those of http_proxy, https_proxy and, for want of one, all_proxy; no_proxy lists the hosts without."""

    def __init__(self) -> None:
        named = urllib.request.getproxies()
        chosen = {kind: named.get(kind) or named.get("all") for kind in ("http", "https")}
        super().__init__({kind: proxy for kind, proxy in chosen.items() if proxy})
        self.used = ""  # the proxy of the last request, as it is set

    def proxy_open(self, request: Any, proxy: str, type: str) -> Any:
        if request.host and urllib.request.proxy_bypass(request.host):
            self.used = ""
            return None
        self.used = proxy
        scheme = proxy.partition("://")[0].lower() if "://" in proxy else "http"
        if scheme in SOCKS:
            request.dial = _dial_socks(proxy)
            return None
        if scheme not in ("http", "https"):
            raise urllib.error.URLError("proxies are http://, https:// or socks5h://")
        return super().proxy_open(request, proxy, type)

    def blame(self, reason: str) -> str:
        """`reason`, and the proxy that was asked, if one was; without user and password."""
        if not self.used:
            return reason
        user, at, _ = self.used.rpartition("://")[2].rpartition("@")
        if user:
            reason = reason.replace(user + at, "")
        if re.search("(HTTP|failed:) 407", reason):
            reason += "; write user:password@ before the proxy's host"
        variables = ("http_proxy", "https_proxy", "all_proxy")
        return f"{reason}; through the proxy {_without_user(self.used)}, see {', '.join(variables)}"


def _without_user(address: str) -> str:
    scheme, separator, rest = address.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2]


def _dial_socks(proxy: str) -> Callable[..., Any]:
    """What connects through a SOCKS proxy. socks5h and socks4a let the proxy look up the host, as in curl."""
    try:
        import socks
    except ImportError:
        raise urllib.error.URLError(
            "a SOCKS proxy needs the package PySocks: `pip install PySocks`, or set an http:// proxy"
        ) from None
    scheme, _, rest = proxy.partition("://")
    kind, user, host = scheme.lower(), *rest.rpartition("@")[::2]
    place, (name, _, password) = urlsplit(f"//{host}"), user.partition(":")
    return partial(
        socks.create_connection,
        proxy_type=socks.SOCKS4 if kind.startswith("socks4") else socks.SOCKS5,
        proxy_addr=place.hostname,
        proxy_port=place.port or 1080,
        proxy_rdns=kind in ("socks", "socks4a", "socks5h"),
        proxy_username=unquote(name) or None,
        proxy_password=unquote(password) or None,
    )
