"""Finds in the tree what no other tool looks for.

Package indexes' addresses (they differ from place to place), `|safe` and its kin in templates
(stored text goes out escaped), and inline scripts and styles (the pages' policy forbids them).
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INDEX = re.compile(
    r"(pypi|registry\.npmjs|pythonhosted)\.(org|com)|--(extra-)?index-url\s|registry\s*=\s*http|/simple/?[\"'\s]"
)
UNSAFE = re.compile(r"\|\s*safe(seq)?\b|{%\s*autoescape off")
INLINE = re.compile(r"<style\b|\sstyle=|\son[a-z]+=[\"']|<script(?![^>]*\ssrc=)|href=[\"']javascript:", re.IGNORECASE)
TEXT = {".cfg", ".css", ".html", ".ini", ".js", ".json", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml", ""}


def files() -> list[Path]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def findings(path: Path) -> list[str]:
    name = path.relative_to(ROOT)
    if path.suffix not in TEXT or "vendor" in name.parts or path == Path(__file__).resolve():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if INDEX.search(line):
            found.append(f"{name}:{number}: names a package index")
        if name.parts[0] == "templates" or (path.suffix == ".html" and "templates" in name.parts):
            # A plain text is no markup, so nothing in it is escaped.
            if path.suffix != ".txt" and UNSAFE.search(line):
                found.append(f"{name}:{number}: puts out text without escaping it")
            # A mail's body is no page: mail readers need its styles inside.
            if "mail" not in name.parts and INLINE.search(line):
                found.append(f"{name}:{number}: has an inline script or style")
    return found


if __name__ == "__main__":
    everything = [finding for path in files() for finding in findings(path)]
    print("\n".join(everything) or "The sweep found nothing.")
    sys.exit(bool(everything))
