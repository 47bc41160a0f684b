"""`from d2lcore import torch as d2l`: the names of the book's package, of both editions, loaded when used.

It has everything of `import d2lcore as d2l`, and the function aliases and classes that only the book's pages
need. `editions/exports.tsv` lists them. A name of another chapter is answered with that chapter.
"""

from .editions import names as _names


def __getattr__(name: str) -> object:
    if name == "d2l":
        from d2lcore import torch as this_module

        return this_module
    if name == "__all__":
        return _names.available()
    value = _names.find(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return _names.available()
