#include "CKernels.h"
#include "vectorised.h"

/* Blocks in which nothing is above the bound are passed without a branch for each element. */
enum { SEARCH_BLOCK = 64 };

VECTORISED long kernel_first_above(long count, const float *x, float bound) {
    long i = 0;
    for (; i + SEARCH_BLOCK <= count; i += SEARCH_BLOCK) {
        int above = 0;
        for (int k = 0; k < SEARCH_BLOCK; k++) above |= x[i + k] > bound;
        if (above) break;
    }
    while (i < count && !(x[i] > bound)) i++;
    return i;
}
