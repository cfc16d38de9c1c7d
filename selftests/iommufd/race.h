/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that do at the same time what they like, for some seconds. */
#ifndef RACE_H
#define RACE_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "test.h"

#define THREADS		4
#define SECONDS		6

struct race;

struct thread {
	pthread_t id;
	struct race *race;
	unsigned int seed;
	unsigned int nr;
	unsigned long calls;
	int wrong;		/* the first errno that nothing explains */
	const char *where;
};

/* What all threads share. Ids change under their hands. */
struct race {
	struct setup s;
	__u32 ioas[2];
	atomic_uint hwpt[4];
	unsigned char *memory;
	struct thread threads[THREADS];
	void (*step)(struct thread *t);
	struct timespec end;
};

static inline unsigned int draw(struct thread *t, unsigned int below)
{
	return rand_r(&t->seed) % below;
}

/* Good, or one of the errnos of a list that ends with 0 */
static inline void expect(struct thread *t, const char *where, int ret,
			  const int *allowed)
{
	t->calls++;
	while (ret && *allowed && *allowed != ret)
		allowed++;
	if ((ret && !*allowed) && !t->wrong) {
		t->wrong = ret;
		t->where = where;
	}
}

#define EXPECT_ONE_OF(t, what, ...) \
	expect(t, #what, what, (const int []){ __VA_ARGS__, 0 })

static inline bool time_is_over(const struct race *race)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > race->end.tv_sec ||
	       (now.tv_sec == race->end.tv_sec &&
		now.tv_nsec >= race->end.tv_nsec);
}

static inline void *thread_run(void *data)
{
	struct thread *t = data;

	while (!t->wrong && !time_is_over(t->race))
		t->race->step(t);
	return NULL;
}

static inline void race_run(struct race *race,
			    void (*step)(struct thread *t))
{
	unsigned int n;

	race->step = step;
	clock_gettime(CLOCK_MONOTONIC, &race->end);
	race->end.tv_sec += SECONDS;
	for (n = 0; n < THREADS; n++) {
		race->threads[n].race = race;
		race->threads[n].nr = n;
		race->threads[n].seed = new_seed();
		pthread_create(&race->threads[n].id, NULL, thread_run,
			       &race->threads[n]);
	}
	for (n = 0; n < THREADS; n++)
		pthread_join(race->threads[n].id, NULL);
}

/* What threads say at the end */
static inline void race_is_over(struct __test_metadata *_metadata,
				struct race *race)
{
	unsigned long calls = 0;
	unsigned int n;

	for (n = 0; n < THREADS; n++) {
		struct thread *t = &race->threads[n];

		calls += t->calls;
		EXPECT_EQ(0, t->wrong)
			TH_LOG("thread %u: %s", n, t->where);
	}
	EXPECT_LT(100, calls);
	TH_LOG("%lu calls", calls);
}

#endif /* RACE_H */
