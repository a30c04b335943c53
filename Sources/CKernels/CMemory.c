#include "CKernels.h"

#include <malloc.h>

void memory_keep_freed(void) {
    /* Either one alone also ends glibc's adapting of the other. */
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}
