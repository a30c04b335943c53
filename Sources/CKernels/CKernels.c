#include "CKernels.h"

#include <math.h>

/* A sum in a fixed order of lanes: the compiler may vectorise it, and the result stays the same on
   every CPU with the same version of the loop. */
enum { LANES = 16 };

#if defined(__x86_64__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#ifndef VECTORISED
#define VECTORISED
#endif

/* sqrtf sets errno, which forbids vectors; the builtin doesn't. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
#define SQUARE_ROOT(x) __builtin_elementwise_sqrt(x)
#endif
#endif
#ifndef SQUARE_ROOT
#define SQUARE_ROOT(x) sqrtf(x)
#endif

/* Contracts a product and a sum into one instruction where the CPU has it. */
#pragma STDC FP_CONTRACT ON

/*
 * exp by range reduction to [-ln 2 / 2, ln 2 / 2] and a polynomial, the coefficients of Cephes'
 * expf (Moshier, "Methods and Programs for Mathematical Functions", 1989). Relative error below
 * 2^-22. Flushes to 0 below -87.33, overflows to infinity above 88.37; NaN stays NaN.
 */
static inline __attribute__((always_inline)) float exp_inline(float x) {
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    float bounded = x > 88.37f ? 88.37f : x;
    bounded = bounded < -87.33f ? -87.33f : bounded;
    float whole = bounded * 1.44269504f + shift - shift;
    float rest = bounded - whole * 0.693359375f + whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * rest + 1.3981999507e-3f;
    p = p * rest + 8.3334519073e-3f;
    p = p * rest + 4.1665795894e-2f;
    p = p * rest + 1.6666665459e-1f;
    p = p * rest + 5.0000001201e-1f;
    p = p * rest * rest + rest + 1.0f;
    union {
        int32_t bits;
        float value;
    } power = {.bits = ((int32_t)(bounded == bounded ? whole : 0.0f) + 127) << 23};
    float result = p * power.value;
    result = x < -87.33f ? 0.0f : result;
    return x > 88.37f ? INFINITY : result;
}

VECTORISED void kernel_axpy(long count, float a, const float *x, float *y) {
    for (long i = 0; i < count; i++) y[i] += a * x[i];
}

VECTORISED void kernel_exp(long count, const float *x, float *out) {
    for (long i = 0; i < count; i++) out[i] = exp_inline(x[i]);
}

VECTORISED void kernel_tanh(long count, const float *x, float *out) {
    for (long i = 0; i < count; i++) {
        /* Near 0 the difference below loses digits: there the odd series serves. */
        float square = x[i] * x[i];
        float tail = 0.133333333f + square * -0.0539682540f;
        float series = x[i] * (1.0f + square * (-0.333333333f + square * tail));
        float e = exp_inline(2.0f * x[i]);
        float exact = 1.0f - 2.0f / (e + 1.0f);
        out[i] = square < 0.0225f ? series : exact;
    }
}

VECTORISED float kernel_softmax(long count, float *row) {
    if (count == 0) return -INFINITY;
    float maxima[LANES], sums[LANES];
    for (int j = 0; j < LANES; j++) maxima[j] = row[0], sums[j] = 0.0f;
    long body = count - count % LANES;
    for (long i = 0; i < body; i += LANES)
        for (int j = 0; j < LANES; j++)
            maxima[j] = row[i + j] > maxima[j] ? row[i + j] : maxima[j];
    for (long i = body; i < count; i++) maxima[0] = row[i] > maxima[0] ? row[i] : maxima[0];
    float max = maxima[0];
    for (int j = 1; j < LANES; j++) max = maxima[j] > max ? maxima[j] : max;

    for (long i = 0; i < body; i += LANES)
        for (int j = 0; j < LANES; j++) {
            row[i + j] = exp_inline(row[i + j] - max);
            sums[j] += row[i + j];
        }
    for (long i = body; i < count; i++) {
        row[i] = exp_inline(row[i] - max);
        sums[i - body] += row[i];
    }
    float sum = 0.0f;
    for (int j = 0; j < LANES; j++) sum += sums[j];
    float scale = 1.0f / sum;
    for (long i = 0; i < count; i++) row[i] *= scale;
    return max + logf(sum);
}

VECTORISED void kernel_gather_rows(long count, const int32_t *rows, const float *weights,
                                   const float *table, long width, float *out) {
    for (long i = 0; i < width; i++) out[i] = 0.0f;
    for (long k = 0; k < count; k++) {
        const float *row = table + rows[k] * width;
        float weight = weights[k];
        for (long i = 0; i < width; i++) out[i] += weight * row[i];
    }
}

VECTORISED void kernel_scatter_rows(long count, const int32_t *rows, const float *weights,
                                    const float *x, long width, float *table) {
    for (long k = 0; k < count; k++) {
        float *row = table + rows[k] * width;
        float weight = weights[k];
        for (long i = 0; i < width; i++) row[i] += weight * x[i];
    }
}

VECTORISED int kernel_adam(long count, float *weights, const float *gradient, float *mean,
                           float *variance, float learningRate, float beta1, float beta2,
                           float epsilon, float meanCorrection, float varianceCorrection) {
    int notFinite = 0;
    for (long i = 0; i < count; i++) {
        float g = gradient[i];
        float m = beta1 * mean[i] + (1.0f - beta1) * g;
        float v = beta2 * variance[i] + (1.0f - beta2) * g * g;
        float step = learningRate * (m * meanCorrection);
        float weight = weights[i] - step / (SQUARE_ROOT(v * varianceCorrection) + epsilon);
        mean[i] = m;
        variance[i] = v;
        weights[i] = weight;
        /* x - x is 0 for a finite x and NaN for any other. */
        notFinite |= (weight - weight) != 0.0f;
    }
    return !notFinite;
}
