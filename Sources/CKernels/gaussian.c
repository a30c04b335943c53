#include "CKernels.h"
#include "vectorised.h"

/* One dimension; `whole` is multiplied with the sum of the three shares, which is in 1...3. */
static inline __attribute__((always_inline)) float
mixture_step(float z, float logVariance, float noise, float mean, float previousLogVariance,
             float logStandard, float logGiven, float logWide, float wideLogVariance,
             float widePrecision, float scale, float *whole, float *dSample) {
    float precision = exp_inline(-previousLogVariance), offset = z - mean;
    float standard = logStandard - 0.5f * z * z;
    float given = logGiven - 0.5f * (previousLogVariance + offset * offset * precision);
    float wide = logWide - 0.5f * (wideLogVariance + z * z * widePrecision);
    float largest = standard > given ? standard : given;
    largest = largest > wide ? largest : wide;
    float a = exp_inline(standard - largest), b = exp_inline(given - largest);
    float c = exp_inline(wide - largest), sum = a + b + c;
    *whole *= sum;
    *dSample = scale * (a * z + b * offset * precision + c * z * widePrecision) / sum;
    return -0.5f * (logVariance + noise * noise) - largest;
}

VECTORISED float kernel_mixture_divergence(long size, const float *sample, const float *moments,
                                           const float *noise, const float *previous,
                                           float logStandard, float logGiven, float logWide,
                                           float wideLogVariance, float scale, float *dSample) {
    enum { STEPS = 64 }; /* 3^64 is a finite float: one log for so many sums */
    const float *logVariances = moments + size, *previousLogVariances = previous + size;
    float widePrecision = expf(-wideLogVariance), total = 0.0f;
    for (long start = 0; start < size; start += STEPS * LANES) {
        long end = start + STEPS * LANES < size ? start + STEPS * LANES : size;
        long body = end - (end - start) % LANES;
        float sums[LANES], wholes[LANES];
        for (int j = 0; j < LANES; j++) sums[j] = 0.0f, wholes[j] = 1.0f;
        for (long i = start; i < body; i += LANES)
            for (int j = 0; j < LANES; j++)
                sums[j] += mixture_step(sample[i + j], logVariances[i + j], noise[i + j],
                                        previous[i + j], previousLogVariances[i + j], logStandard,
                                        logGiven, logWide, wideLogVariance, widePrecision, scale,
                                        &wholes[j], &dSample[i + j]);
        for (long i = body; i < end; i++)
            sums[i - body] += mixture_step(sample[i], logVariances[i], noise[i], previous[i],
                                           previousLogVariances[i], logStandard, logGiven, logWide,
                                           wideLogVariance, widePrecision, scale,
                                           &wholes[i - body], &dSample[i]);
        for (int j = 0; j < LANES; j++) total += sums[j] - logf(wholes[j]);
    }
    return total;
}
