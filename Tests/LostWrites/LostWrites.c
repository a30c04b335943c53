// A disk that loses what was not synced, for tests: preload it, kill the process, and put the
// shadows in place of the files.
//
// For the SQLite database named by LOST_WRITES_DATABASE and its -wal, each sync brings a file
// "<name>.synced" up to date. What a file held when the process started counts as synced.
// A kill alone never tests fsync: the kernel keeps the writes of a dead process.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { maxDescriptors = 1024, database = 1, wal = 2 };

// One for each file: what was written since its last sync. Guarded by `lock`.
struct tracked {
    int hasShadow;
    off_t dirtyFrom;
    off_t dirtyTo;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tracked files[3];
static unsigned char fileOf[maxDescriptors];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int kindOf(const char *path) {
    const char *name = getenv("LOST_WRITES_DATABASE");
    if (name == NULL) return 0;
    size_t length = strlen(name);
    if (strncmp(path, name, length) != 0) return 0;
    if (path[length] == '\0') return database;
    return strcmp(path + length, "-wal") == 0 ? wal : 0;
}

static void shadowPath(int kind, char *path, size_t size) {
    const char *suffix = kind == wal ? "-wal" : "";
    snprintf(path, size, "%s%s.synced", getenv("LOST_WRITES_DATABASE"), suffix);
}

// Copies through the caller's descriptor: closing another one would drop SQLite's locks.
static void copyToShadow(int fd, int kind) {
    char path[PATH_MAX];
    shadowPath(kind, path, sizeof path);
    struct stat status;
    int shadow = REAL(open)(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (shadow < 0 || fstat(fd, &status) != 0) abort();
    struct tracked *file = &files[kind];
    off_t end = file->hasShadow && file->dirtyTo < status.st_size ? file->dirtyTo : status.st_size;
    off_t at = file->hasShadow ? file->dirtyFrom : 0;
    static char buffer[1 << 16];
    while (at < end) {
        size_t wanted = end - at < (off_t)sizeof buffer ? (size_t)(end - at) : sizeof buffer;
        ssize_t count = pread(fd, buffer, wanted, at);
        if (count <= 0 || REAL(pwrite)(shadow, buffer, count, at) != count) abort();
        at += count;
    }
    if (REAL(ftruncate)(shadow, status.st_size) != 0) abort();
    close(shadow);
    file->hasShadow = 1;
    file->dirtyFrom = file->dirtyTo = 0;
}

static void opened(int fd, const char *path, int flags) {
    int kind = kindOf(path);
    if (fd < 0 || fd >= maxDescriptors) return;
    pthread_mutex_lock(&lock);
    fileOf[fd] = kind;
    struct stat status;
    int canRead = (flags & O_ACCMODE) != O_WRONLY;
    if (kind && canRead && !files[kind].hasShadow && files[kind].dirtyTo == 0
        && fstat(fd, &status) == 0 && status.st_size > 0) {
        copyToShadow(fd, kind);
    }
    pthread_mutex_unlock(&lock);
}

static int trackedKind(int fd) {
    return fd >= 0 && fd < maxDescriptors ? fileOf[fd] : 0;
}

static void written(int fd, off_t from, off_t count) {
    int kind = trackedKind(fd);
    if (!kind || count <= 0) return;
    pthread_mutex_lock(&lock);
    struct tracked *file = &files[kind];
    if (file->dirtyTo == 0 || from < file->dirtyFrom) file->dirtyFrom = from;
    if (from + count > file->dirtyTo) file->dirtyTo = from + count;
    pthread_mutex_unlock(&lock);
}

static void synced(int fd) {
    int kind = trackedKind(fd);
    if (!kind) return;
    pthread_mutex_lock(&lock);
    copyToShadow(fd, kind);
    pthread_mutex_unlock(&lock);
}

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list arguments;                                  \
        va_start(arguments, flags);                         \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                  \
        int fd = REAL(name)(path, flags, mode);             \
        opened(fd, path, flags);                            \
        return fd;                                          \
    }
OPEN(open)
OPEN(open64)

#define PWRITE(name, offset_type)                                                       \
    ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {         \
        ssize_t result = REAL(name)(fd, bytes, count, offset);                          \
        written(fd, offset, result);                                                    \
        return result;                                                                  \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t count) {
    off_t offset = trackedKind(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t result = REAL(write)(fd, bytes, count);
    written(fd, offset, result);
    return result;
}

// A truncated file's lost part must not come back from an older range.
static void truncated(int fd, off_t size) {
    int kind = trackedKind(fd);
    if (!kind) return;
    pthread_mutex_lock(&lock);
    if (files[kind].dirtyTo > size) files[kind].dirtyTo = size;
    if (files[kind].dirtyFrom > size) files[kind].dirtyFrom = size;
    pthread_mutex_unlock(&lock);
}

int ftruncate(int fd, off_t size) {
    int result = REAL(ftruncate)(fd, size);
    if (result == 0) truncated(fd, size);
    return result;
}

int ftruncate64(int fd, off64_t size) {
    int result = REAL(ftruncate64)(fd, size);
    if (result == 0) truncated(fd, size);
    return result;
}

int fsync(int fd) {
    int result = REAL(fsync)(fd);
    if (result == 0) synced(fd);
    return result;
}

int fdatasync(int fd) {
    int result = REAL(fdatasync)(fd);
    if (result == 0) synced(fd);
    return result;
}

int unlink(const char *path) {
    int kind = kindOf(path);
    int result = REAL(unlink)(path);
    if (result != 0 || !kind) return result;
    char shadow[PATH_MAX];
    pthread_mutex_lock(&lock);
    shadowPath(kind, shadow, sizeof shadow);
    REAL(unlink)(shadow);
    memset(&files[kind], 0, sizeof files[kind]);
    pthread_mutex_unlock(&lock);
    return result;
}
