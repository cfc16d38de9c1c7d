# SPDX-License-Identifier: GPL-2.0-only
"""Who may include whom, and where the preprocessor may decide anything.

Documentation: the rooms and their arrows,
uapi <- include <- core <- {dma, iommufd, vtd, dsa, edu}.
"""

import posixpath
import re

from csource import without_comments
from tree import Finding

UAPI = "include/uapi/iopasid/"
API = "include/iopasid/"
MODEL_API = "include/vtd-model/"
COMPAT = "compat/"

# A file below the first path may include files below the second ones, and the
# kernel's headers. The longest first path counts.
ARROWS = {
    UAPI: [],
    API: [UAPI, API],
    MODEL_API: [MODEL_API],
    COMPAT: [COMPAT],
    "drivers/core/": [UAPI, API, COMPAT, "drivers/core/"],
    # core and dma are one module
    "drivers/dma/": [UAPI, API, COMPAT, "drivers/core/", "drivers/dma/"],
    # and the software unit's platform data; no symbol of the model
    "drivers/vtd/": [UAPI, API, COMPAT, MODEL_API + "unit.h", "drivers/vtd/"],
    "drivers/iommufd/": [UAPI, API, COMPAT, "drivers/iommufd/"],
    "drivers/dsa/": [UAPI, API, COMPAT, "drivers/dsa/"],
    "drivers/edu/": [API + "dma-pasid.h", COMPAT, "drivers/edu/"],
    # a model shares nothing with the driver that it tests
    "drivers/vtd-model/": [COMPAT, MODEL_API, "drivers/vtd-model/"],
    "drivers/dsa-model/": [COMPAT, MODEL_API + "endpoint.h", "drivers/dsa-model/"],
    # the driver of test endpoints, whose hardware is the model
    "drivers/endpoint/": [UAPI, API, COMPAT, MODEL_API + "endpoint.h", "drivers/endpoint/"],
    "kunit/": [UAPI, API, MODEL_API, COMPAT, "drivers/", "kunit/"],
    "selftests/": [UAPI, "selftests/"],
    # a kernel module: the devices of mainline's selftest of /dev/iommu
    "selftests/mock/": [UAPI, API, COMPAT, "selftests/mock/"],
    # the pure part of the model, built for user space with its KUnit tests
    "selftests/vtd-model/": ["drivers/vtd-model/", "kunit/", "selftests/vtd-model/"],
    "tools/": [UAPI, "tools/"],
}

# Single headers that a room may include beyond ARROWS: (file or room that
# includes, header): why.
EXCEPTIONS = {
    ("drivers/edu/edu-claim.c", API + "group.h"): "takes the group away from the attach API",
    ("drivers/edu/edu-pasids.c", API + "group.h"): "shows more PASIDs than the attach API gives",
    ("drivers/edu/edu-pasids.c", API + "pasid.h"): "likewise; left out with the framework",
    ("drivers/edu/edu-user.c", API + "group.h"): "has no DMA of its own; left out with the framework",
    ("drivers/edu/edu-user.c", API + "vfio-device.h"): "hands the device to programs; likewise",
    ("drivers/edu/edu-user.c", UAPI + "edu.h"): "what programs ask of it",
}

# What provider.h says is between the core and the drivers of IOMMUs.
PROVIDER = API + "provider.h"
PROVIDER_USERS = (API, "drivers/core/", "drivers/dma/", "drivers/vtd/", "kunit/", "selftests/mock/")

KERNEL_ROOMS = ("include/", "drivers/", "compat/", "kunit/")
USER_ROOMS = ("selftests/", "tools/")
SEARCH = ("", "drivers/", "include/", "include/uapi/", "compat/", "compat/include/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
CONDITION = r"^\s*#\s*(if|ifdef|ifndef|elif)\b"
VERSION = r"\b(LINUX_VERSION_CODE|KERNEL_VERSION|LINUX_VERSION_MAJOR)\b|<linux/version\.h>"


def resolve(tree, path, kind, name):
    """The path in the tree that an include names, or None: it is foreign."""
    user = path.startswith(USER_ROOMS)
    if kind == "<":
        if not re.match(r"(uapi/)?iopasid/|vtd-model/", name):
            return None
        api, uapi = f"include/{name}", f"include/uapi/{name}"
        first, second = (uapi, api) if user else (api, uapi)
        return first if first in tree.paths else second if second in tree.paths else api
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    candidates = [beside] + [posixpath.normpath(at + name) for at in SEARCH]
    return next((at for at in candidates if at in tree.paths),
                None if user else beside)


def longest(prefixes, path):
    fitting = [prefix for prefix in prefixes if path.startswith(prefix)]
    return max(fitting, key=len, default=None)


def excepted(path, target):
    return any(target == header and path.startswith(source)
               for source, header in EXCEPTIONS)


def forbidden(tree, path, room, kind, name):
    """Why path may not include name, or None."""
    target = resolve(tree, path, kind, name)
    if target is None:
        if room == UAPI and name != "linux/types.h":
            return "uapi headers include <linux/types.h> only"
        if kind == "<" and ".." in name:
            return f"<{name}> climbs out of the include path"
        return None
    if excepted(path, target):
        return None
    if target.endswith(".c"):
        return f"{target} is not a header"
    if target == PROVIDER and not path.startswith(PROVIDER_USERS):
        return f"{target} is for the core and for drivers of IOMMUs"
    if not any(target.startswith(allowed) for allowed in ARROWS[room]):
        return f"{room} may not include {target}"
    if target not in tree.paths and not tree.planted:
        return f"{target} does not exist"
    return None


def includes(tree):
    for path in tree.select(".c", ".h", ".S"):
        room = longest(ARROWS, path)
        if room is None:
            yield Finding(path, 0, "no room of tools/lint/arrows.py: add a row")
            continue
        text = without_comments(tree.text(path))
        for match in INCLUDE.finditer(text):
            reason = forbidden(tree, path, room, *match.groups())
            if reason:
                yield Finding(path, text.count("\n", 0, match.start()) + 1, reason)


def check(tree):
    yield from includes(tree)
    yield from tree.grep(CONDITION, tree.select(".c", below=["drivers/"]),
                         "{}: stubs belong in headers, files are chosen in Kbuild")
    yield from tree.grep(VERSION, [path for path in tree.select(".c", ".h", below=KERNEL_ROOMS)
                                   if not path.startswith(COMPAT)],
                         "{}: only compat/ knows kernel versions")
