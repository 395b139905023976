"""Benchmarks of speed, memory and notification latency, made to be repeated.

`farm` serves the pages and knows the right verdicts. `program` runs a tree of the source as people run
it, `ledger` reads what it has written. Each bench measures one tree once; `comparison` repeats that for
every tree in turns and `table` prints what came out. `python -m bench` names the benches.
"""
