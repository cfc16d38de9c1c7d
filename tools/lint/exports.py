# SPDX-License-Identifier: GPL-2.0-only
"""Names that other modules see: prefix, licence, documentation."""

import re

from csource import without_comments
from tree import Finding

EXPORT = re.compile(r"^EXPORT_SYMBOL(\w*)\s*\(\s*(\w+)", re.M)
PUBLIC = re.compile(r"(iopasid|vtd_model)_\w+|iommu_(attach|destroy)_dma_api_pasid")
FOR_KUNIT = re.compile(r"(iopasid|iofd|vtd|vtdm|fake)_\w+|iommu_(attach|destroy)_dma_api_pasid")
# Data, for which kernel-doc has no form: name: what a comment at it says.
DATA = {
    "vtd_model_bus": "the bus of devices behind software units",
}
BLOCK = re.compile(r"/\*\*\n(.*?)\*/", re.S)
SUBJECT = re.compile(r"\s*\*\s*(?:struct |union |enum |typedef )?(\w+)(?:\(\))?\s*(?:-|:|$)")


def documented(text):
    """The names that the kernel-doc blocks of text describe."""
    for match in BLOCK.finditer(text):
        subject = SUBJECT.match(match.group(1).split("\n")[0])
        if subject:
            yield subject.group(1)


def fault(kind, name, described):
    """What is wrong with an export, or None."""
    if kind == "_IF_KUNIT":
        return None if FOR_KUNIT.fullmatch(name) else "has no prefix iopasid_, iofd_, vtd_, vtdm_ or fake_"
    if not kind.startswith(("_GPL", "_NS_GPL")):
        return f"is exported with EXPORT_SYMBOL{kind}, not _GPL"
    if not PUBLIC.fullmatch(name):
        return "has no prefix iopasid_ or vtd_model_"
    return None if name in described or name in DATA else "has no kernel-doc"


def check(tree):
    headers = {name for path in tree.select(".h", below=["include/iopasid/", "include/vtd-model/"])
               for name in documented(tree.text(path))}
    for path in tree.select(".c", below=["drivers/", "kunit/", "compat/"]):
        described = headers | set(documented(tree.text(path)))
        text = without_comments(tree.text(path))
        for match in EXPORT.finditer(text):
            reason = fault(*match.groups(), described)
            if reason:
                yield Finding(path, text.count("\n", 0, match.start()) + 1,
                              f"{match.group(2)} {reason}")
