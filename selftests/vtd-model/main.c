// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the model's KUnit suites in user space. Says KTAP; arguments choose
 * suites by name.
 */
#include <kunit/test.h>

static struct kunit_suite *shim_suites;
static struct kunit_suite **shim_suites_end = &shim_suites;

void shim_register(struct kunit_suite *suite)
{
	*shim_suites_end = suite;
	shim_suites_end = &suite->next;
}

void shim_fail(struct kunit *test, const char *file, int line, const char *text)
{
	test->failed = true;
	printf("# %s:%d: expected %s\n", file, line, text);
}

void *shim_alloc(struct kunit *test, size_t size)
{
	void *mem = calloc(1, size);

	if (!mem || test->nr_allocs == SHIM_ALLOCS)
		abort();
	test->allocs[test->nr_allocs++] = mem;
	return mem;
}

/* One case, with one parameter or none. */
static bool run_once(struct kunit_suite *suite, struct kunit_case *test_case,
		     const void *param)
{
	struct kunit test = { .param_value = param };

	if (!setjmp(test.abort)) {
		if (suite->init && suite->init(&test))
			shim_fail(&test, __FILE__, __LINE__, "an init that works");
		else
			test_case->run_case(&test);
	}
	if (suite->exit)
		suite->exit(&test);
	while (test.nr_allocs)
		free(test.allocs[--test.nr_allocs]);
	return !test.failed;
}

static bool run_case(struct kunit_suite *suite, struct kunit_case *test_case)
{
	char text[KUNIT_PARAM_DESC_SIZE] = "";
	const void *param = NULL;
	bool passed = true;

	if (!test_case->generate_params)
		return run_once(suite, test_case, NULL);
	while ((param = test_case->generate_params(param, text))) {
		if (run_once(suite, test_case, param))
			continue;
		printf("# with %s\n", text);
		passed = false;
	}
	return passed;
}

static bool chosen(const struct kunit_suite *suite, int argc, char **argv)
{
	bool all = argc < 2;

	for (int i = 1; i < argc; i++)
		all |= !strcmp(argv[i], suite->name);
	return all;
}

int main(int argc, char **argv)
{
	struct kunit_case *test_case;
	struct kunit_suite *suite;
	unsigned int nr = 0;
	bool passed, all = true;

	printf("TAP version 13\n");
	for (suite = shim_suites; suite; suite = suite->next) {
		if (!chosen(suite, argc, argv))
			continue;
		for (test_case = suite->test_cases; test_case->run_case; test_case++) {
			passed = run_case(suite, test_case);
			all &= passed;
			printf("%sok %u %s: %s\n", passed ? "" : "not ", ++nr,
			       suite->name, test_case->name);
		}
	}
	printf("1..%u\n", nr);
	return !all || !nr;
}
