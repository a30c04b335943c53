#ifndef STARLING_VECTORISED_H
#define STARLING_VECTORISED_H

#include <math.h>
#include <stdint.h>

/* A sum in a fixed order of lanes: the compiler may vectorise it, and the result stays the same on
   every CPU with the same version of the loop. */
enum { LANES = 16 };

/* The loader asks which clone fits before a sanitizer is there, so under one there are no clones. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define VECTORISED
#endif
#endif
#if defined(__x86_64__) && defined(__has_attribute) && !defined(VECTORISED)
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

#endif
