#include "CKernels.h"
#include "vectorised.h"

/* The state of a pool lies in the output of the row before it. */
VECTORISED void kernel_recurrence(long rows, long pools, long width, const float *keep,
                                  const float *take, const float *x, float *out) {
    for (long r = 0; r < rows; r++) {
        for (long k = 0; k < pools; k++) {
            float *state = out + (r * pools + k) * width;
            const float *before = state - pools * width;
            const float *input = x + r * width;
            float kept = keep[r * pools + k];
            float taken = take[r * pools + k];
            if (r == 0 || kept == 0.0f) {
                for (long i = 0; i < width; i++) state[i] = taken * input[i];
            } else {
                for (long i = 0; i < width; i++) state[i] = kept * before[i] + taken * input[i];
            }
        }
    }
}

VECTORISED void kernel_recurrence_gradient(long rows, long pools, long width, const float *keep,
                                           const float *take, const float *dOutput, float *carried,
                                           float *dInput) {
    for (long r = rows - 1; r >= 0; r--) {
        for (long k = 0; k < pools; k++) {
            const float *dState = dOutput + (r * pools + k) * width;
            float *carry = carried + k * width;
            float *dRow = dInput + r * width;
            float kept = r + 1 < rows ? keep[(r + 1) * pools + k] : 0.0f;
            float taken = take[r * pools + k];
            for (long i = 0; i < width; i++) {
                float sum = dState[i] + kept * carry[i];
                carry[i] = sum;
                dRow[i] += taken * sum;
            }
        }
    }
}
