"""One thread per library, as in the engine's workers: with two, OpenMP's threads wait for each
other on a busy machine and a fit of a second can take a minute."""

from bench.environment import limit_threads

limit_threads(1)
