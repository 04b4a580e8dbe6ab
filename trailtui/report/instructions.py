"""VERIFY.md: how to check a bundle with nothing but sha256sum and Python."""

from trailtui.case.responder import current_responder
from trailtui.report import layout

CHECK_CHAIN = """\
import hashlib, json
previous = "0" * 64
number = 0
for number, line in enumerate(open("action-log.jsonl", encoding="utf-8"), start=1):
    e = json.loads(line)
    bound = [e["seq"], e["at_ms"], e["kind"], e["who"], e["what"], previous]
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"))
    if e["seq"] != number or e["hash"] != hashlib.sha256(text.encode()).hexdigest():
        raise SystemExit(f"entry {number} was altered, or one before it is missing")
    previous = e["hash"]
log = json.load(open("MANIFEST.json", encoding="utf-8"))["log"]
if (log["entries"], log["head"]) != (number, previous):
    raise SystemExit("entries are missing at the end")
print(f"{number} entries, the chain is sound, head {previous}")
"""

CHECK_FILES = """\
import pathlib
listed = {line[66:] for line in open("SHA256SUMS", encoding="utf-8").read().splitlines()}
here = {path.as_posix() for path in pathlib.Path(".").rglob("*") if path.is_file()}
extra = here - listed - {"SHA256SUMS", "SHA256SUMS.sig"}
print("files that do not belong here:", sorted(extra) or "none")
"""

CHECK_RECORD = """\
import gzip, json
line = json.loads(open("events.jsonl", encoding="utf-8").readline())
place = line["place"]
data = open(place["file"], "rb").read()
content = gzip.decompress(data) if data[:2] == b"\\x1f\\x8b" else data
print(content[place["offset"]:place["offset"] + place["length"]].decode())
"""


def verify_instructions(case_name: str, signer: str | None) -> str:
    """The text of VERIFY.md; `signer` is the public key that the bundle will be signed with."""
    sections = [
        _TEXT.format(
            case=_code(case_name), files=CHECK_FILES, chain=CHECK_CHAIN, record=CHECK_RECORD
        )
    ]
    if signer:
        who = current_responder().name
        line = f'{who} namespaces="{layout.SIGNATURE_NAMESPACE}" {signer}'
        sections.append(_SIGNED.format(who=who, line=line))
    return "\n".join(sections)


def _code(text: str) -> str:
    """A case's name in Markdown, with nothing in it that could be markup."""
    return "".join(c if c.isalnum() or c in "-_. " else "?" for c in text)


_TEXT = """\
# How to check this bundle

This is the exported case `{case}`. It can be checked without the program that wrote it; all it
takes is `unzip`, `sha256sum` and Python 3.

## 1. Unpack it into an empty folder

```sh
unzip -q BUNDLE.zip -d bundle
cd bundle
```

## 2. Compare the root hash

```sh
sha256sum SHA256SUMS
```

The first word of the output is the root hash. It must be the one that you were told by another way
than this bundle came: the export printed it, and wrote it into the case's action log. Without this
comparison the checks below show only that the files fit each other, which somebody who wrote them
all anew could also bring about.

## 3. Check every file

```sh
sha256sum --quiet --strict -c SHA256SUMS
```

No output and exit code 0: every listed file is as it was exported. Files that were added are
found by

```python
{files}```

## 4. Check the action log

Each entry is bound to the one before it by its hash. In the unpacked folder:

```python
{chain}```

## 5. Follow a number to its source

Each line of `events.jsonl` says where its record lies: a file in `evidence/`, which is what was
acquired, byte for byte, and a range of bytes in that file's content (the content of a gzip file is
what it unpacks to). This prints the record of the first line:

```python
{record}```

`evidence.jsonl` says for each file where it came from, when, and who acquired it. Records in
`events.jsonl` have session tokens and other secrets replaced by their length and the beginning of
their SHA-256; the files in `evidence/` are unaltered and hold them: keep the bundle accordingly.

`trailtui verify BUNDLE.zip --root HASH` does all of this and more: it also holds each event against
the evidence, and finds bytes in the zip that belong to no file.
"""

_SIGNED = """\
## 6. Check the signature

`SHA256SUMS.sig` is the one file that SHA256SUMS does not list: it is the signature of SHA256SUMS,
which covers everything else. The key it was made with said of itself:

```
{line}
```

Anybody can write such a line. Get the key of `{who}` from somewhere that you trust, put it in a
file `allowed_signers` in this form, and then:

```sh
ssh-keygen -Y verify -f allowed_signers -I {who} -n trailtui -s SHA256SUMS.sig < SHA256SUMS
```
"""
