#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>

#include "CLinux.h"

int clinux_spawn(
    const char *program, char *const arguments[], char *const environment[], const char *folder,
    const int files[3], int *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) goto withoutAttributes;
    /* The threads of a dispatch queue block most signals. */
    sigset_t none;
    sigemptyset(&none);
    error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0 && folder) error = posix_spawn_file_actions_addchdir_np(&actions, folder);
    for (int place = 0; error == 0 && place < 3; place++)
        error = files[place] < 0
            ? posix_spawn_file_actions_addopen(&actions, place, "/dev/null", O_RDWR, 0)
            : posix_spawn_file_actions_adddup2(&actions, files[place], place);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (error == 0)
        error = posix_spawn(process, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
withoutAttributes:
    posix_spawn_file_actions_destroy(&actions);
    return error;
}
