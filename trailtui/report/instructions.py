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

CHECK_ANSWERS = """\
import hashlib, json
log = {e["seq"]: e["what"] for e in map(json.loads, open("action-log.jsonl", encoding="utf-8"))}
answers = json.load(open("answers.json", encoding="utf-8"))
for a in answers:
    digest = hashlib.sha256(open(a["original"] or a["file"], "rb").read()).hexdigest()
    if not digest == a["sha256"] == log[a["log_entry"]]["answer_sha256"]:
        raise SystemExit(f"answer {a['number']} is not what was kept")
print(f"{len(answers)} answers are what was kept")
"""

CHECK_FINDINGS = """\
import collections, json
events = map(json.loads, open("events.jsonl", encoding="utf-8"))
counted = collections.Counter(name for event in events for name in event["findings"])
for f in json.load(open("detections.json", encoding="utf-8"))["findings"]:
    if counted[f["finding"]] != f["events"]:
        raise SystemExit(f"{f['finding']} does not rest on as many events as it says")
print(f"the findings rest on {sum(counted.values())} events")
"""


def verify_instructions(case_name: str, signer: str | None) -> str:
    """The text of VERIFY.md; `signer` is the public key that the bundle will be signed with."""
    sections = [
        _TEXT.format(
            case=_code(case_name),
            files=CHECK_FILES,
            chain=CHECK_CHAIN,
            record=CHECK_RECORD,
            answers=CHECK_ANSWERS,
            findings=CHECK_FINDINGS,
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

`detections.json` says what rules found. Each event names its findings (`d7`), so that what a
finding rests on can be counted:

```python
{findings}```

## 6. Check the answers of query engines

`answers.json` says what Athena, CloudTrail Lake and CloudWatch Logs Insights were asked, and which
files hold the rows that came. The hash of these rows stands in the action log since they were kept:

```python
{answers}```

The log also has the hash of each plan in `containment.json` (an entry of kind `containment-plan`),
every watch, every run of rules, and every change of the break-glass list and of the files about
addresses; `log_entry` in the documents is the number of the entry.

`trailtui verify BUNDLE.zip --root HASH` does all of this and more: it also holds each event against
the evidence, each document against the log, and finds bytes in the zip that belong to no file.
"""

_SIGNED = """\
## 7. Check the signature

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
