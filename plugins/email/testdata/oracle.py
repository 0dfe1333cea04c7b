"""Reads mails with Python's own parsers and prints what it found as JSON lines.

An independent second opinion for TestAgainstPython: subject, sender, number of
attachments and the targets of HTML links.
"""
import email
import email.policy
import email.utils
import json
import re
import sys
from html.parser import HTMLParser


class Links(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []

    def handle_starttag(self, tag, attrs):
        name = {"a": "href", "area": "href", "form": "action"}.get(tag)
        if name is None:
            return
        for key, value in attrs:
            if key == name and value:
                value = re.sub(r"[\t\r\n]", "", value).strip()
                if re.match(r"(?i)(https?|ftp)://", value):
                    self.found.append(value)
                return


def text_of(part):
    payload = part.get_payload(decode=True) or b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset)
    except (LookupError, UnicodeDecodeError):
        try:
            return payload.decode("utf-8")
        except UnicodeDecodeError:
            return payload.decode("cp1252", "replace")


def angle(value):
    found = re.findall(r"<([^<>]*@[^<>]*)>", value)
    return re.sub(r"\s", "", found[-1]) if found else email.utils.parseaddr(value)[1]


for path in sys.argv[1:]:
    with open(path, "rb") as f:
        raw = f.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    # The default policy drops what is malformed, this one keeps the field as sent.
    sender = email.message_from_bytes(raw, policy=email.policy.compat32)["from"]
    links, attachments, plain = Links(), 0, []
    for part in message.walk():
        if part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename() or part.get_content_maintype() != "text":
            attachments += 1
        elif part.get_content_type() == "text/html":
            links.feed(text_of(part))
            links.close()
        else:
            plain.append(text_of(part))
    print(json.dumps({
        "path": path,
        "subject": str(message["subject"] or ""),
        "address": angle(str(sender or "")),
        "attachments": attachments,
        "links": links.found,
        "plain": "\n".join(plain),
    }))
