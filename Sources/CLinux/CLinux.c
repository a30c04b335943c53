#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int clinux_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, signal);
}

int clinux_set_batch_scheduling(void) {
    struct sched_param parameters = {0};
    return sched_setscheduler(0, SCHED_BATCH, &parameters);
}
