// The parts of Linux that Swift's Glibc module leaves out.
#ifndef CLINUX_H
#define CLINUX_H

// No _GNU_SOURCE here: with it, this module's fd_set would differ from Glibc's.
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_accept(int listener);

/// sched_setattr(2) on the calling thread: the time slice that it asks for, everything else as it
/// is. Threads and processes that it makes get the usual one.
int clinux_request_slice(unsigned long nanoseconds);

#endif
