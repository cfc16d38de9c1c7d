// SPDX-License-Identifier: GPL-2.0-only
/*
 * insmod FILE [PARAMETER=VALUE]...: load one module, once.
 *
 * busybox tries a second system call when the first one fails, so that a
 * module that refuses to load prints everything twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char parameters[4096] = "";
	size_t length = 0;
	int fd, i;

	if (argc < 2) {
		fprintf(stderr, "usage: insmod FILE [PARAMETER=VALUE]...\n");
		return 2;
	}
	for (i = 2; i < argc; i++) {
		length += snprintf(parameters + length, sizeof(parameters) - length,
				   "%s ", argv[i]);
		if (length >= sizeof(parameters)) {
			fprintf(stderr, "insmod: the parameters are too long\n");
			return 2;
		}
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0)) {
		fprintf(stderr, "insmod: %s: %s (errno %d)\n", argv[1], strerror(errno), errno);
		return 1;
	}
	return 0;
}
