"""The benchmark's reduced economy and its two peers, Numba and NumPy; `make bench` runs it through tools/bench.py."""
