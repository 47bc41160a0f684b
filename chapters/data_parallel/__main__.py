"""Every experiment of the chapter as one command line."""

import d2lcore as d2l
from chapters.data_parallel.costs import costs
from chapters.data_parallel.parts import parts
from chapters.data_parallel.ring import ring
from chapters.data_parallel.training import concise, scratch

if __name__ == "__main__":
    d2l.run_chapter("data_parallel", parts, ring, scratch, concise, costs)
