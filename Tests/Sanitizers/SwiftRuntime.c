/*
 * Lets ThreadSanitizer see what Swift's libraries, which aren't instrumented, do between threads.
 * Preloaded by Scripts/test-sanitize. In other processes than instrumented ones it does nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *mutex

void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

/*
 * Mutex, where threads wait for each other: the fast ways of locking and unlocking are inlined into
 * instrumented code, the slow ones hand the lock over in the kernel.
 */

/* Synchronization._MutexHandle._lockSlow(UInt32), _unlockSlow() */
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF) __asm__(UNLOCK_SLOW);

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

SWIFT void lock_slow(uint32_t thread, SELF) {
    ((SWIFT void (*)(uint32_t, SELF))next(LOCK_SLOW))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF) {
    if (__tsan_release) __tsan_release(mutex);
    ((SWIFT void (*)(SELF))next(UNLOCK_SLOW))(mutex);
}

/*
 * A continuation that is resumed before its task waits for it: the runtime tells the sanitizer of the
 * resumption, but lets the task go on without telling that it has seen it.
 */
#define ASYNC __attribute__((swiftasynccall))
#define AWAIT "swift_continuation_await"

SWIFT void *swift_task_getCurrent(void) __attribute__((weak));
ASYNC void continuation_await(void *context) __asm__(AWAIT);

ASYNC void continuation_await(void *context) {
    ASYNC void (*await)(void *) = (ASYNC void (*)(void *))next(AWAIT);
    if (__tsan_acquire && swift_task_getCurrent) __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return await(context);
}
