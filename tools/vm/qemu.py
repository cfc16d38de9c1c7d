# SPDX-License-Identifier: GPL-2.0-only
"""The QEMU command line of a machine shape (shapes.ini)."""

import configparser
import hashlib
import os
import random
import re
import subprocess

QEMU = "qemu-system-x86_64"
QEMU_MIN = 10
NET_FILE_SIZE = 8 << 20
HERE = os.path.dirname(os.path.abspath(__file__))

# Properties of intel-iommu that make the unit, before and since QEMU 11.
UNITS = {
    "none": None,
    "legacy": ("", ""),
    "second-stage": ("x-scalable-mode=on", "scalable-mode=on"),
    "first-stage": ("x-scalable-mode=on,x-flts=on", "scalable-mode=on,fsts=on"),
}


class ShapeError(Exception):
    pass


def version():
    """The major version of the QEMU that will run."""
    try:
        text = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise ShapeError(f"cannot run {QEMU}: run tools/setup") from None
    major = int(re.search(r"version (\d+)", text).group(1))
    if major < QEMU_MIN:
        raise ShapeError(f"{QEMU} is version {major}, scalable mode needs {QEMU_MIN}: run tools/setup")
    return major


def load_shapes():
    table = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    with open(os.path.join(HERE, "shapes.ini"), encoding="utf-8") as file:
        table.read_file(file)
    return table


def shape(name):
    """One shape as a dict, with what it takes from the shapes it is like."""
    table = load_shapes()
    if name not in table:
        raise ShapeError(f"no shape {name}: tools/vm/run --list shows those there are")
    own = dict(table[name])
    found = shape(own.pop("like")) if "like" in own else {}
    for key in ("devices", "disks", "nets"):
        own[key] = found.get(key, []) + [line.strip() for line in own.get(key, "").splitlines() if line.strip()]
    return {**found, **own}


def unit_device(kind, options, major):
    if kind not in UNITS:
        raise ShapeError(f"unit = {kind} in shapes.ini: it must be one of {', '.join(UNITS)}")
    if UNITS[kind] is None:
        return []
    properties = [UNITS[kind][major >= 11], options]
    return ["-device", ",".join(["intel-iommu"] + [text for text in properties if text])]


def write_random(path, size, seed):
    """Fill a file with bytes that are the same in every run; return their sha256."""
    data = random.Random(seed).randbytes(size)
    with open(path, "wb") as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def disk_arguments(lines, folder):
    """Make the images; return arguments and the guest's /etc/disks."""
    arguments, table = [], []
    for line in lines:
        name, size = line.split()
        count = int(size.rstrip("M")) << 20
        path = os.path.join(folder, f"disk-{name}.img")
        digest = write_random(path, count, name)
        arguments += ["-drive", f"file={path},id={name},if=none,format=raw,cache=writeback"]
        table.append(f"{name} {count} {digest}")
    return arguments, {"etc/disks": "\n".join(table) + "\n"} if table else {}


def net_arguments(lines, folder):
    if not lines:
        return [], {}
    path = os.path.join(folder, "net-file")
    digest = write_random(path, NET_FILE_SIZE, "net")
    arguments = []
    for line in lines:
        name, subnet = line.split()
        arguments += ["-netdev", f"user,id={name},net={subnet}.0/24,restrict=on"
                      f",guestfwd=tcp:{subnet}.100:80-cmd:cat {path}"
                      f",guestfwd=tcp:{subnet}.100:7-cmd:cat"]
    return arguments, {"etc/net-file.sha256": digest + "\n"}


def command(found, folder, options):
    """Return the argument list, and files that the guest needs to know the machine."""
    major = version()
    files = {}
    machine = "q35" + (",kernel-irqchip=split" if options.kvm else "")
    arguments = [QEMU, "-machine", machine, "-accel", "kvm" if options.kvm else "tcg",
                 "-m", str(options.mem), "-smp", str(options.smp),
                 "-nographic", "-nodefaults", "-no-reboot"]
    cpu = "host" if options.kvm else found.get("cpu")
    if cpu:
        arguments += ["-cpu", cpu]
    arguments += unit_device(found["unit"], found["unit-options"], major)
    for maker, key in ((disk_arguments, "disks"), (net_arguments, "nets")):
        more, made = maker(found[key], folder)
        arguments += more
        files.update(made)
    for device in found["devices"]:
        arguments += ["-device", device]
    console = "mon:stdio" if options.shell else f"file:{folder}/console.log"
    arguments += ["-serial", console, "-serial", f"file:{folder}/verdict.ktap"]
    # A busy host delays the emulated timer: the kernel must not judge it.
    append = ["console=ttyS0", "panic=-1", "oops=panic", "no_timer_check", found["append"], *options.append]
    if options.kunit:
        append.append("kunit.enable=1")
    arguments += ["-append", " ".join(" ".join(append).split())]
    for text in options.qemu_arg:
        arguments += text.split()
    return arguments, files
