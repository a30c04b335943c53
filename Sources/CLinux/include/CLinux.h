// The parts of Linux that Swift's Glibc module leaves out.
#ifndef CLINUX_H
#define CLINUX_H

// No _GNU_SOURCE here: with it, this module's fd_set would differ from Glibc's.
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_accept(int listener);

/// prctl(2) PR_SET_PDEATHSIG: the signal that this process gets when its parent's thread ends.
int clinux_set_parent_death_signal(int signal);

/// sched_setscheduler(2) with SCHED_BATCH for the calling process.
int clinux_set_batch_scheduling(void);

#endif
