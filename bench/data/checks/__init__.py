"""What is wrong with a data set before anything is learnt from it: `python -m bench data check`.

Each module looks at one side of it and returns `bench.protocol.cards.CheckFinding`s; `audit` puts
them in order, `target` finds and reads what is named on the command line, `text` shows what was
found, and `card` is what a run keeps of a data set for its report.
"""
