"""`make faults`: what may befall an installation, done to a real one, and a count of what became of its mail.

Everything runs on 127.0.0.1 and is bounded in count and time. `python -m tests.faults --list` names the faults.
"""
