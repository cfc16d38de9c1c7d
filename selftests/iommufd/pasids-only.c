// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that its driver shares with programs: the device itself stays the
 * driver's, each program has the PASIDs that it attaches. And the other way round:
 * what a program has in full, no driver has.
 */
#include <fcntl.h>

#include "test.h"

#define PASID	300
#define FILES	"/sys/kernel/debug/iopasid-endpoint/"

/* A file of the driver, below debugfs; the length, or -errno */
static ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length, done = 0;

	if (fd < 0)
		return -errno;
	while ((length = read(fd, text + done, size - 1 - done)) > 0)
		done += length;
	text[done] = '\0';
	close(fd);
	return length < 0 ? -errno : done;
}

/* The driver's own DMA works, by source id and with its PASID. */
static bool driver_works(const char *path)
{
	char text[1024], *line, *rest = text;
	int good = 0;

	if (read_file(path, text, sizeof(text)) < 0)
		return false;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (!strstr(line, ": same"))
			return false;
		good++;
	}
	return good == 4;
}

/* The link to a driver is there before its probe is over: look at what it does. */
static bool driver_comes(const char *selftest)
{
	unsigned int n;

	for (n = 0; n < 1000; n++) {
		if (driver_works(selftest))
			return true;
		usleep(10000);
	}
	return false;
}

static int driver_pasid(void)
{
	char text[64];
	ssize_t ret = read_file(FILES EP_A "/pasid", text, sizeof(text));

	return ret < 0 ? ret : atoi(text);
}

/* One program: a context, an open file, an address space with a page */
struct user {
	int iommu;
	int ep;
	__u32 ioas;
	__u32 dev;
	__u32 hwpt;
	unsigned char *memory;
};

static int user_open(struct user *user)
{
	int ret;

	user->iommu = iommu_open();
	user->ep = ep_open(EP_A);
	user->memory = anonymous(PAGE);
	if (user->iommu < 0 || user->ep < 0 || !user->memory)
		return -ECHILD;
	ret = ioas_alloc(user->iommu, &user->ioas);
	ret = ret ?: ioas_map_at(user->iommu, user->ioas, user->memory, PAGE,
				 IOVA);
	ret = ret ?: ep_bind(user->ep, user->iommu, &user->dev);
	return ret ?: hwpt_alloc(user->iommu, user->dev, user->ioas,
				 IOPASID_HWPT_ALLOC_PASID, &user->hwpt);
}

static void user_close(struct user *user)
{
	close(user->ep);
	close(user->iommu);
	munmap(user->memory, PAGE);
}

static int user_check(struct user *user, __u32 pasid)
{
	return ep_check(user->ep, pasid, IOVA, user->memory, PAGE);
}

static int user_dma(struct user *user, __u32 pasid)
{
	char data[64] = "";

	return ep_dma(user->ep, pasid, IOVA, data, sizeof(data), 0);
}

FIXTURE(pasids_only)
{
	struct user user;
	struct user other;
};

FIXTURE_SETUP(pasids_only)
{
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_PASIDS));
	ASSERT_EQ(0, user_open(&self->user));
	ASSERT_EQ(0, user_open(&self->other));
}

FIXTURE_TEARDOWN(pasids_only)
{
	user_close(&self->user);
	user_close(&self->other);
	EXPECT_EQ(0, charged("VmPin"));
	EXPECT_TRUE(driver_works(FILES EP_A "/selftest"));
}

TEST_F(pasids_only, device_stays_the_drivers)
{
	struct user *user = &self->user;

	EXPECT_EQ(-EPERM, ep_attach_to(user->ep, NO_PASID, user->hwpt));
	EXPECT_EQ(-EPERM, ep_attach_to(user->ep, NO_PASID, user->ioas));
	EXPECT_EQ(0, ep_detach(user->ep, NO_PASID));
	EXPECT_EQ(-EPERM, user_dma(user, NO_PASID));
	EXPECT_TRUE(driver_works(FILES EP_A "/selftest"));
}

TEST_F(pasids_only, pasid)
{
	struct user *user = &self->user;

	EXPECT_EQ(-EPERM, user_dma(user, PASID));
	ASSERT_EQ(0, ep_attach_to(user->ep, PASID, user->hwpt));
	EXPECT_EQ(0, user_check(user, PASID));
	EXPECT_EQ(-EPERM, user_dma(user, PASID + 1));
	EXPECT_TRUE(driver_works(FILES EP_A "/selftest"));
	ASSERT_EQ(0, ioas_unmap(user->iommu, user->ioas, IOVA, PAGE));
	EXPECT_TRUE(ep_is_blocked(user->ep, PASID, IOVA));
	ASSERT_EQ(0, ep_detach(user->ep, PASID));
	EXPECT_EQ(-EPERM, user_dma(user, PASID));
}

TEST_F(pasids_only, number_of_the_driver)
{
	struct user *user = &self->user;
	int pasid = driver_pasid();

	ASSERT_LT(0, pasid);
	EXPECT_EQ(-EBUSY, ep_attach_to(user->ep, pasid, user->hwpt));
	EXPECT_EQ(-EPERM, user_dma(user, pasid));
	EXPECT_EQ(0, ep_detach(user->ep, pasid));
	EXPECT_TRUE(driver_works(FILES EP_A "/selftest"));
}

TEST_F(pasids_only, number_of_another_user)
{
	struct user *user = &self->user, *other = &self->other;

	ASSERT_EQ(0, ep_attach_to(user->ep, PASID, user->hwpt));
	EXPECT_EQ(-EBUSY, ep_attach_to(other->ep, PASID, other->hwpt));
	EXPECT_EQ(-EPERM, user_dma(other, PASID));
	EXPECT_EQ(0, ep_detach(other->ep, PASID));
	EXPECT_EQ(0, user_check(user, PASID));
	ASSERT_EQ(0, ep_attach_to(other->ep, PASID + 1, other->hwpt));
	EXPECT_EQ(0, user_check(other, PASID + 1));
	EXPECT_EQ(-EPERM, user_dma(user, PASID + 1));
	/* Free again */
	ASSERT_EQ(0, ep_detach(user->ep, PASID));
	ASSERT_EQ(0, ep_attach_to(other->ep, PASID, other->hwpt));
	EXPECT_EQ(0, user_check(other, PASID));
	EXPECT_EQ(-EPERM, user_dma(user, PASID));
}

TEST_F(pasids_only, ids_of_another_user)
{
	/* A context knows its own objects only. */
	__u32 hwpt = self->other.hwpt;

	ASSERT_EQ(0, destroy(self->user.iommu, self->user.hwpt));
	ASSERT_EQ(self->user.hwpt, hwpt);
	EXPECT_EQ(-ENOENT, ep_attach_to(self->user.ep, PASID, hwpt));
}

TEST_F(pasids_only, one_user_goes)
{
	struct user *user = &self->user, *other = &self->other;

	ASSERT_EQ(0, ep_attach_to(user->ep, PASID, user->hwpt));
	ASSERT_EQ(0, ep_attach_to(other->ep, PASID + 1, other->hwpt));
	user_close(user);
	EXPECT_EQ(0, user_check(other, PASID + 1));
	ASSERT_EQ(0, ep_attach_to(other->ep, PASID, other->hwpt));
	EXPECT_EQ(0, user_check(other, PASID));
	ASSERT_EQ(0, user_open(user));
	EXPECT_EQ(-EBUSY, ep_attach_to(user->ep, PASID, user->hwpt));
}

TEST_F(pasids_only, one_context_for_two_files)
{
	struct user *user = &self->user;
	int ep = ep_open(EP_A);
	__u32 dev;

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, ep_bind(ep, user->iommu, &dev));
	EXPECT_NE(user->dev, dev);
	ASSERT_EQ(0, ep_attach_to(user->ep, PASID, user->hwpt));
	/* What counts is the file. */
	EXPECT_EQ(-EBUSY, ep_attach_to(ep, PASID, user->hwpt));
	ASSERT_EQ(0, ep_attach_to(ep, PASID + 1, user->hwpt));
	EXPECT_EQ(0, ep_check(ep, PASID + 1, IOVA, user->memory, PAGE));
	EXPECT_EQ(-EPERM, user_dma(user, PASID + 1));
	close(ep);
	EXPECT_EQ(0, user_check(user, PASID));
}

TEST_F(pasids_only, driver_goes)
{
	struct user *user = &self->user;

	ASSERT_EQ(0, ep_attach_to(user->ep, PASID, user->hwpt));
	ASSERT_EQ(0, ep_attach_to(self->other.ep, PASID + 1, self->other.hwpt));
	ASSERT_EQ(0, user_check(user, PASID));
	ASSERT_EQ(0, ep_unbind(EP_A));
	EXPECT_EQ(-ENODEV, user_dma(user, PASID));
	EXPECT_EQ(-ENODEV, user_dma(&self->other, PASID + 1));
	EXPECT_EQ(0, destroy(user->iommu, user->hwpt));
	ASSERT_EQ(0, ep_set_driver(EP_A, EP_PASIDS));
	user_close(user);
	ASSERT_EQ(0, user_open(user));
	ASSERT_EQ(0, ep_attach_to(user->ep, PASID, user->hwpt));
	EXPECT_EQ(0, user_check(user, PASID));
}

/* Who has a device in full shares it and its group with no driver. */

FIXTURE(exclusion)
{
	int iommu;
	int c;
	__u32 dev;
};

FIXTURE_SETUP(exclusion)
{
	ASSERT_EQ(0, ep_set_driver(EP_C, EP_FULL));
	self->iommu = iommu_open();
	ASSERT_LE(0, self->iommu);
	self->c = ep_open(EP_C);
	ASSERT_LE(0, self->c);
}

FIXTURE_TEARDOWN(exclusion)
{
	close(self->c);
	close(self->iommu);
	/* Given back, drivers have it again. */
	EXPECT_EQ(0, ep_set_driver(EP_D, EP_PASIDS));
	EXPECT_TRUE(driver_works(FILES EP_D "/selftest"));
	EXPECT_EQ(0, ep_set_driver(EP_C, EP_PASIDS));
	EXPECT_TRUE(driver_works(FILES EP_C "/selftest"));
}

TEST_F(exclusion, driver_in_the_group)
{
	ASSERT_EQ(0, ep_set_driver(EP_D, EP_PASIDS));
	EXPECT_EQ(-EBUSY, ep_bind(self->c, self->iommu, &self->dev));
	EXPECT_TRUE(driver_works(FILES EP_D "/selftest"));
	/* Without it, it goes. */
	ASSERT_EQ(0, ep_unbind(EP_D));
	EXPECT_EQ(0, ep_bind(self->c, self->iommu, &self->dev));
}

TEST_F(exclusion, driver_that_comes_to_the_group)
{
	char text[64];

	ASSERT_EQ(0, ep_unbind(EP_D));
	ASSERT_EQ(0, ep_bind(self->c, self->iommu, &self->dev));
	/* The bind in sysfs says so. */
	EXPECT_EQ(-EAGAIN, ep_set_driver(EP_D, EP_PASIDS));
	EXPECT_GT(0, read_file(FILES EP_D "/selftest", text, sizeof(text)));
	EXPECT_EQ(-EAGAIN, ep_set_driver(EP_D, EP_FULL));
	/* Not asked for by name, it is put off until the user goes. */
	ep_probe(EP_D);
	EXPECT_GT(0, read_file(FILES EP_D "/selftest", text, sizeof(text)));
	close(self->c);
	self->c = -1;
	EXPECT_TRUE(driver_comes(FILES EP_D "/selftest"));
}

TEST_F(exclusion, sharing_needs_a_group_of_one)
{
	int ep;

	ASSERT_EQ(0, ep_set_driver(EP_D, EP_PASIDS));
	ep = ep_open(EP_D);
	ASSERT_LE(0, ep);
	EXPECT_EQ(-EPERM, ep_bind(ep, self->iommu, &self->dev));
	close(ep);
}

TEST_HARNESS_MAIN
