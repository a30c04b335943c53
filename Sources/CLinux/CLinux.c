#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_request_slice(unsigned long nanoseconds) {
    struct sched_attr now = {0};
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0) return -1;
    if (now.sched_policy != SCHED_NORMAL && now.sched_policy != SCHED_BATCH) {
        errno = EINVAL; /* a real-time thread has no slice */
        return -1;
    }
    struct sched_attr wanted = {
        .size = sizeof wanted,
        .sched_policy = now.sched_policy,
        .sched_flags = SCHED_FLAG_RESET_ON_FORK,
        .sched_nice = now.sched_nice,
        .sched_runtime = nanoseconds,
    };
    return (int)syscall(SYS_sched_setattr, 0, &wanted, 0);
}
