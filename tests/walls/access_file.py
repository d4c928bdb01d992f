"""The reviewed file that says who may use which address with which method."""

from pathlib import Path

FILE = Path(__file__).with_name("access_matrix.txt")
HEADER = """\
# Who may use which address with which method, as it was reviewed: yes, own (one's own rows only), or - for nobody.
# The rows that an address names belong to one published initiative, and where it names an organization, to that one.
# Links and tokens are of that organization ("own") or of another ("other"); manage_token is the backbone's own,
# operate_token the installation's. Partner, council and staff take part in that initiative, the others in another one.
# tests/walls/test_access_matrix.py tries every line. `make access-rows` prints what is missing: read it before you add it.
"""
