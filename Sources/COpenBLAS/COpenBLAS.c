#include "COpenBLAS.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static OpenBLASFunctions functions;
static int isLoaded;
static char loadError[512];

#if defined(__x86_64__)
/* AMD's family 25 (Zen 4) runs AVX-512 in two halves: there the AVX2 kernels are the faster ones. */
static int hasHalvedAVX512(void) {
    unsigned a, b, c, d;
    char vendor[12];
    if (!__get_cpuid(0, &a, &b, &c, &d)) return 0;
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    if (memcmp(vendor, "AuthenticAMD", 12) != 0 || !__get_cpuid(1, &a, &b, &c, &d)) return 0;
    return ((a >> 8) & 0xf) + ((a >> 20) & 0xff) == 25;
}
#endif

/*
 * OpenBLAS 0.3.21 knows CPUs by model number, and takes AVX2 kernels for one that it doesn't know.
 * What the CPU says of itself is the better guide. A choice made by the user stands.
 */
static void chooseKernels(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    int hasAVX512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512cd");
    if (hasAVX512) {
        int hasBFloat16 = __builtin_cpu_supports("avx512bf16");
        const char *best = hasBFloat16 ? "Cooperlake" : "SkylakeX";
        setenv("OPENBLAS_CORETYPE", hasHalvedAVX512() ? "Haswell" : best, 0);
    }
#endif
    /* We split the work ourselves: a call of two threads under our threads is slower than one. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

static void *symbol(void *library, const char *name) {
    void *address = dlsym(library, name);
    if (address == NULL && loadError[0] == '\0') {
        snprintf(loadError, sizeof loadError, "OpenBLAS lacks the function %s; it needs LAPACK",
                 name);
    }
    return address;
}

static void load(void) {
    chooseKernels();
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(loadError, sizeof loadError,
                 "OpenBLAS can't be loaded: install libopenblas0 (%s)", dlerror());
        return;
    }
    /* POSIX lets an object pointer from dlsym stand for a function; ISO C wants the detour. */
    *(void **)&functions.sgemm = symbol(library, "cblas_sgemm");
    *(void **)&functions.dgemm = symbol(library, "cblas_dgemm");
    *(void **)&functions.sgemv = symbol(library, "cblas_sgemv");
    *(void **)&functions.dgemv = symbol(library, "cblas_dgemv");
    *(void **)&functions.dpotrf = symbol(library, "dpotrf_");
    *(void **)&functions.dpotri = symbol(library, "dpotri_");
    *(void **)&functions.dsyevd = symbol(library, "dsyevd_");
    *(void **)&functions.set_num_threads = symbol(library, "openblas_set_num_threads");
    *(void **)&functions.get_corename = symbol(library, "openblas_get_corename");
    if (loadError[0] != '\0') return;
    functions.set_num_threads(1);
    isLoaded = 1;
}

const OpenBLASFunctions *openblas_load(void) {
    pthread_once(&once, load);
    return isLoaded ? &functions : NULL;
}

const char *openblas_load_error(void) { return loadError; }
