"""The proxy that the environment names, for a host that is not this one."""

import ipaddress
from urllib.request import getproxies_environment, proxy_bypass

import httpx


def environment_proxy(base_url: str) -> str | None:
    """Return the proxy to reach `base_url` by (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), if any.

    This host itself is never reached by a proxy, whatever NO_PROXY says.
    """
    url = httpx.URL(base_url)
    proxies = getproxies_environment()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy is None or _is_this_host(url.host) or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_this_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
