"""`python -m d2lcore.as_d2l script.py [args]`: run a script in which `d2l` means d2lcore."""

import os
import sys

_SCRIPT = "D2LCORE_SCRIPT"  # tells worker processes which script it is; they get arguments, but not that


def main(script: str, namespace: dict) -> None:
    """Run the file `script` in `namespace`, that of this module: the script is `__main__` then.

    The module's `__spec__` stays. A worker process that starts anew finds this file by it, comes through here
    with the alias on, and reads the script as it would without us.
    """
    from .editions.switch import install_as_d2l

    install_as_d2l()
    sys.argv[0] = script
    sys.path[0] = os.path.dirname(script)
    with open(script, "rb") as file:
        code = compile(file.read(), script, "exec")
    for name in [name for name in namespace if not name.startswith("__")]:
        del namespace[name]  # `os`, `sys` and `main` are ours, not the script's
    namespace.update(__file__=script, __doc__=None, __package__="")
    exec(code, namespace)


if __name__ == "__main__":
    if len(sys.argv) < 2 or not os.path.isfile(sys.argv[1]):
        sys.exit("usage: python -m d2lcore.as_d2l script.py [args]")
    del sys.argv[0]
    os.environ[_SCRIPT] = os.path.abspath(sys.argv[0])
if __name__ in ("__main__", "__mp_main__"):
    main(os.environ[_SCRIPT], globals())
