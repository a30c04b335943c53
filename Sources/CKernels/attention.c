#include "CKernels.h"
#include "vectorised.h"

/* A half octave of seconds: the exponent and the first bit of the mantissa. The difference is taken
   unsigned: times that lie too far apart wrap around, and never leave the table. */
static inline __attribute__((always_inline)) int32_t time_bucket(int32_t now, int32_t time) {
    int32_t seconds = (int32_t)((uint32_t)now - (uint32_t)time);
    union {
        float value;
        int32_t bits;
    } number = {.value = (float)seconds};
    int32_t bucket = (number.bits >> 22) - 253;
    return seconds < 1 ? 0 : bucket;
}

VECTORISED void kernel_attention_scores(long count, float scale, const float *positions,
                                        const float *gaps, int32_t now, const int32_t *times,
                                        float *scores) {
    for (long j = 0; j < count; j++) scores[j] *= scale;
    if (positions)
        for (long j = 0; j < count; j++) scores[j] += positions[j];
    if (gaps)
        for (long j = 0; j < count; j++) scores[j] += gaps[time_bucket(now, times[j])];
}

VECTORISED void kernel_softmax_gradient(long count, const float *y, const float *dOutput,
                                        float *dInput) {
    float sums[LANES] = {0};
    long body = count - count % LANES;
    for (long i = 0; i < body; i += LANES)
        for (int j = 0; j < LANES; j++) sums[j] += y[i + j] * dOutput[i + j];
    for (long i = body; i < count; i++) sums[i - body] += y[i] * dOutput[i];
    float mean = 0.0f;
    for (int j = 0; j < LANES; j++) mean += sums[j];
    for (long i = 0; i < count; i++) dInput[i] = y[i] * (dOutput[i] - mean);
}

/* Four places for each bucket: neighbours often share one, and would wait for each other. */
void kernel_gap_gradient(long count, const float *dScores, int32_t now, const int32_t *times,
                         float *gradient) {
    long j = 0;
    for (; j + 4 <= count; j += 4)
        for (int lane = 0; lane < 4; lane++)
            gradient[4 * time_bucket(now, times[j + lane]) + lane] += dScores[j + lane];
    for (; j < count; j++) gradient[4 * time_bucket(now, times[j])] += dScores[j];
}
