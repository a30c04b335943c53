// A disk that fails, and one that loses what was not synced, for tests: preload it.
//
// DISK_FAULTS_CONTROL names a file that says which operation fails, when and how (DiskFaults.h); it
// may be changed while the process runs. Only files in the folder DISK_FAULTS_FOLDER are meant, the
// folder itself included.
//
// For the SQLite database DISK_FAULTS_SHADOWED and its -wal, each sync brings a file "<name>.synced"
// up to date: what a power cut would leave. What a file held when the process started counts as
// synced. A sync that fails on purpose drops what waited for it, as Linux does: the pages count as
// clean, and only what is written anew gets to the disk with the next one.
// A kill alone never tests fsync: the kernel keeps the writes of a dead process.

#define _GNU_SOURCE
#include "include/DiskFaults.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum { maxDescriptors = 1024, inFolder = 1, database = 2, wal = 4 };
enum { sectorSize = 512, maxSectors = 1 << 23 };

// MARK: - What fails

static int64_t *control;

// Only for this process: one that it starts would bring the same shadows up to date.
__attribute__((constructor)) static void readControl(void) {
    unsetenv("LD_PRELOAD");
    const char *path = getenv("DISK_FAULTS_CONTROL");
    if (path == NULL) return;
    int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    size_t size = diskFaultsFieldCount * sizeof(int64_t);
    void *memory = REAL(mmap)(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) abort();
    control = memory;
}

static int64_t field(enum diskFaultsField place) {
    return control == NULL ? 0 : __atomic_load_n(&control[place], __ATOMIC_RELAXED);
}

// The error that the operation is to fail with; 0 to go on.
static int failure(enum diskFaultsOperation operation) {
    if (!(field(diskFaultsOperations) & operation)) return 0;
    int64_t seen = __atomic_add_fetch(&control[diskFaultsSeen], 1, __ATOMIC_RELAXED);
    int64_t number = field(diskFaultsNumber);
    if (seen < number || (seen > number && !field(diskFaultsRepeats))) return 0;
    __atomic_add_fetch(&control[diskFaultsFailed], 1, __ATOMIC_RELAXED);
    return (int)field(diskFaultsError);
}

static int isInFolder(const char *path) {
    const char *folder = getenv("DISK_FAULTS_FOLDER");
    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

#define FAIL_IF(condition, operation, value)                \
    do {                                                    \
        int error = (condition) ? failure(operation) : 0;   \
        if (error > 0) {                                    \
            errno = error;                                  \
            return value;                                   \
        }                                                   \
    } while (0)

// MARK: - What is lost in a power cut

// One for each of the two files: the sectors that were written since its last sync. Guarded by `lock`.
struct shadowed {
    int hasShadow;
    unsigned char dirty[maxSectors / 8];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shadowed files[2];
static unsigned char kinds[maxDescriptors];

static struct shadowed *shadowedFile(int kind) { return &files[kind & wal ? 1 : 0]; }

static int kindOf(const char *path) {
    int kind = isInFolder(path) ? inFolder : 0;
    const char *name = getenv("DISK_FAULTS_SHADOWED");
    if (name == NULL) return kind;
    size_t length = strlen(name);
    if (strncmp(path, name, length) != 0) return kind;
    if (path[length] == '\0') return kind | database;
    return strcmp(path + length, "-wal") == 0 ? kind | wal : kind;
}

static int kindOfDescriptor(int fd) {
    return fd >= 0 && fd < maxDescriptors ? kinds[fd] : 0;
}

static int isShadowed(int kind) { return kind & (database | wal); }

static void shadowPath(int kind, char *path, size_t size) {
    const char *suffix = kind & wal ? "-wal" : "";
    snprintf(path, size, "%s%s.synced", getenv("DISK_FAULTS_SHADOWED"), suffix);
}

// Without abort: a program's handler of that signal may come back to these functions, and wait for the
// lock that is held here.
static void die(const char *why) {
    syscall(SYS_write, STDERR_FILENO, why, strlen(why));
    _exit(70);
}

// Copies through the caller's descriptor: closing another one would drop SQLite's locks.
static void copyToShadow(int fd, int kind) {
    char path[PATH_MAX];
    shadowPath(kind, path, sizeof path);
    struct stat status;
    int shadow = REAL(open)(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (shadow < 0 || fstat(fd, &status) != 0) die("a shadow can't be opened\n");
    struct shadowed *file = shadowedFile(kind);
    off_t sectors = (status.st_size + sectorSize - 1) / sectorSize;
    if (sectors > maxSectors) die("a file is too long to be shadowed\n");
    for (off_t sector = 0; sector < sectors; sector++) {
        if (file->hasShadow && !(file->dirty[sector / 8] >> sector % 8 & 1)) continue;
        unsigned char buffer[sectorSize];
        ssize_t count = REAL(pread)(fd, buffer, sectorSize, sector * sectorSize);
        if (count <= 0 || REAL(pwrite)(shadow, buffer, count, sector * sectorSize) != count)
            die("a shadow can't be written\n");
    }
    if (REAL(ftruncate)(shadow, status.st_size) != 0) die("a shadow can't be truncated\n");
    REAL(close)(shadow);
    file->hasShadow = 1;
    memset(file->dirty, 0, sizeof file->dirty);
}

static void opened(int fd, int kind, int flags) {
    if (fd < 0 || fd >= maxDescriptors) return;
    pthread_mutex_lock(&lock);
    kinds[fd] = kind;
    struct stat status;
    int canRead = (flags & O_ACCMODE) != O_WRONLY;
    if (isShadowed(kind) && canRead && !shadowedFile(kind)->hasShadow
        && fstat(fd, &status) == 0 && status.st_size > 0) {
        copyToShadow(fd, kind);
    }
    pthread_mutex_unlock(&lock);
}

static void written(int fd, off_t from, off_t count) {
    int kind = kindOfDescriptor(fd);
    if (!isShadowed(kind) || count <= 0) return;
    pthread_mutex_lock(&lock);
    for (off_t sector = from / sectorSize; sector <= (from + count - 1) / sectorSize; sector++) {
        if (sector >= maxSectors) die("a file is too long to be shadowed\n");
        shadowedFile(kind)->dirty[sector / 8] |= 1 << sector % 8;
    }
    pthread_mutex_unlock(&lock);
}

static void synced(int fd, int succeeded) {
    int kind = kindOfDescriptor(fd);
    if (!isShadowed(kind)) return;
    pthread_mutex_lock(&lock);
    if (succeeded) {
        copyToShadow(fd, kind);
    } else {
        memset(shadowedFile(kind)->dirty, 0, sizeof shadowedFile(kind)->dirty);
    }
    pthread_mutex_unlock(&lock);
}

// MARK: - The functions in front of the C library's

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list arguments;                                  \
        va_start(arguments, flags);                         \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                  \
        int kind = kindOf(path);                            \
        FAIL_IF(kind, diskFaultsOpen, -1);                  \
        int fd = REAL(name)(path, flags, mode);             \
        opened(fd, kind, flags);                            \
        return fd;                                          \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < maxDescriptors) kinds[fd] = 0;
    return REAL(close)(fd);
}

#define PREAD(name, offset_type)                                                        \
    ssize_t name(int fd, void *bytes, size_t count, offset_type offset) {               \
        FAIL_IF(kindOfDescriptor(fd), diskFaultsRead, -1);                              \
        return REAL(name)(fd, bytes, count, offset);                                    \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

// A write that is to end early writes its first half.
#define CUT_SHORT(fd, count)                                                            \
    do {                                                                                \
        int error = kindOfDescriptor(fd) ? failure(diskFaultsWrite) : 0;                \
        if (error > 0) {                                                                \
            errno = error;                                                              \
            return -1;                                                                  \
        }                                                                               \
        if (error == diskFaultsShort && count > 1) count /= 2;                          \
    } while (0)

#define PWRITE(name, offset_type)                                                       \
    ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {         \
        CUT_SHORT(fd, count);                                                           \
        ssize_t result = REAL(name)(fd, bytes, count, offset);                          \
        written(fd, offset, result);                                                    \
        return result;                                                                  \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t count) {
    CUT_SHORT(fd, count);
    off_t offset = isShadowed(kindOfDescriptor(fd)) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t result = REAL(write)(fd, bytes, count);
    written(fd, offset, result);
    return result;
}

#define TRUNCATE(name, offset_type)                                                     \
    int name(int fd, offset_type size) {                                                \
        FAIL_IF(kindOfDescriptor(fd), diskFaultsTruncate, -1);                          \
        return REAL(name)(fd, size);                                                    \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                                                      \
    int name(int fd) {                                                                  \
        int error = kindOfDescriptor(fd) ? failure(diskFaultsSync) : 0;                 \
        int result = error > 0 ? -1 : REAL(name)(fd);                                   \
        synced(fd, result == 0);                                                        \
        if (error > 0) errno = error;                                                   \
        return result;                                                                  \
    }
SYNC(fsync)
SYNC(fdatasync)

#define MAP(name, offset_type)                                                          \
    void *name(void *at, size_t size, int protection, int flags, int fd, offset_type offset) { \
        FAIL_IF(fd >= 0 && kindOfDescriptor(fd), diskFaultsMap, MAP_FAILED);            \
        return REAL(name)(at, size, protection, flags, fd, offset);                     \
    }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

int rename(const char *from, const char *to) {
    FAIL_IF(isInFolder(from), diskFaultsRename, -1);
    return REAL(rename)(from, to);
}

int unlink(const char *path) {
    int kind = kindOf(path);
    FAIL_IF(kind, diskFaultsUnlink, -1);
    int result = REAL(unlink)(path);
    if (result != 0 || !isShadowed(kind)) return result;
    char shadow[PATH_MAX];
    pthread_mutex_lock(&lock);
    shadowPath(kind, shadow, sizeof shadow);
    REAL(unlink)(shadow);
    memset(shadowedFile(kind), 0, sizeof *shadowedFile(kind));
    pthread_mutex_unlock(&lock);
    return result;
}

// MARK: - The clock

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = REAL(clock_gettime)(clock, time);
    int64_t offset = field(diskFaultsClockOffset);
    if (result != 0 || offset == 0) return result;
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return result;
    int64_t nanoseconds = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + offset * 1000000;
    time->tv_sec = nanoseconds / 1000000000;
    time->tv_nsec = nanoseconds % 1000000000;
    return result;
}

int gettimeofday(struct timeval *time, void *zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}
