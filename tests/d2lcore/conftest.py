"""What the tests of d2lcore share: a data folder of their own, and servers on this machine."""

from data_servers import (  # noqa: F401 - fixtures
    _no_network,
    add_to_hub,
    folder,
    mirror,
    proxy,
    server,
    small_mnist,
    without_module,
)
