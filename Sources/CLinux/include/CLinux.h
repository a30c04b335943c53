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

/// posix_spawn(3) in a process group of its own, without a blocked signal, and in a folder where it
/// isn't NULL. The process has the three files as its first, /dev/null for a negative one, and no others.
///
/// @returns 0, or the error's number.
int clinux_spawn(
    const char *program, char *const arguments[], char *const environment[], const char *folder,
    const int files[3], int *process);

#endif
