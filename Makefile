# SPDX-License-Identifier: GPL-2.0-only
#
# make help lists the targets. The kernel build never writes into the source
# tree: BUILD holds links to it and everything that is made.

CACHE ?= $(or $(IOPASID_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/iopasid)
KDIR ?= $(CACHE)/kernels/cloud/build
BUILD ?= $(CURDIR)/build/$(or $(notdir $(patsubst %/build,%,$(abspath $(KDIR)))),out)

CONFIG_IOPASID ?= m
CONFIG_IOPASID_VTD ?= $(CONFIG_IOPASID)
CONFIG_IOPASID_IOMMUFD ?= $(CONFIG_IOPASID)
CONFIG_IOPASID_EDU ?= m
CONFIG_VTD_MODEL ?= m
CONFIG_IOPASID_ENDPOINT ?= $(CONFIG_IOPASID_IOMMUFD)
# For tests only: defects on purpose, and devices that programs make
CONFIG_IOPASID_IOMMUFD_MOCK ?= n
CONFIG_IOPASID_VTD_PLANT ?= n

configs = CONFIG_IOPASID=$(CONFIG_IOPASID) \
	CONFIG_IOPASID_VTD=$(CONFIG_IOPASID_VTD) \
	CONFIG_IOPASID_IOMMUFD=$(CONFIG_IOPASID_IOMMUFD) \
	CONFIG_IOPASID_IOMMUFD_MOCK=$(CONFIG_IOPASID_IOMMUFD_MOCK) \
	CONFIG_IOPASID_EDU=$(CONFIG_IOPASID_EDU) \
	CONFIG_VTD_MODEL=$(CONFIG_VTD_MODEL) \
	CONFIG_IOPASID_ENDPOINT=$(CONFIG_IOPASID_ENDPOINT) \
	CONFIG_IOPASID_VTD_PLANT=$(CONFIG_IOPASID_VTD_PLANT)
sources = Kbuild compat drivers include kunit selftests
kbuild = -C $(KDIR) M=$(abspath $(BUILD)) $(configs)

.PHONY: help modules kunit setup demo check selftests lint clean tree

help:
	@echo "make setup      packages, kernels and headers (tools/setup)"
	@echo "make modules    the modules for KDIR, into BUILD; W=1, C=2 as in the kernel"
	@echo "make kunit      the same with the KUnit modules (a kernel with KUNIT)"
	@echo "make demo       watch a DMA API PASID at work in a virtual machine"
	@echo "make check      every test; parts: tools/check lint, kunit, machine"
	@echo "make selftests  the tests on stock kernels only"
	@echo "make lint       the static gates only"
	@echo "make clean      remove the build folder"
	@echo "KDIR=$(KDIR)"
	@echo "BUILD=$(BUILD)"

# Links, not copies: an edit is seen by the next make, and a removed file goes.
tree:
	@mkdir -p $(BUILD)
	@find $(BUILD) -xtype l -delete
	@for s in $(sources); do \
		[ ! -e $$s ] || cp -rsn $(CURDIR)/$$s $(BUILD)/ || exit; done

modules: tree
	$(MAKE) $(kbuild) modules

kunit: tree
	$(MAKE) $(kbuild) CONFIG_IOPASID_KUNIT=m CONFIG_IOPASID_VTD_PLANT=y modules

setup:
	tools/setup

demo:
	tools/demo

check:
	tools/check

selftests:
	tools/check machine

lint:
	tools/check lint

clean:
	rm -rf build
