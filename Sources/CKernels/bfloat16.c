#include "CKernels.h"

#include <stdlib.h>

/*
 * Matrix products with factors rounded to bfloat16 (8 bits of mantissa) and sums in Float32.
 *
 * The layout follows Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM
 * TOMS 34, 2008: both factors are packed into panels in the order in which the inner kernel reads
 * them, a panel of B stays in the first cache, a block of A in the second. A pair of neighbours
 * along the inner dimension is one 32-bit element of a panel: VDPBF16PS multiplies pairs.
 */

#if defined(__x86_64__)
#include <immintrin.h>

#define BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

enum {
    PANEL_ROWS = 12,    /* of C in registers: 12 × 32 numbers in 24 of them */
    PANEL_COLUMNS = 32,
    BLOCK_PAIRS = 128,  /* of the inner dimension */
    BLOCK_ROWS = 252,
    BLOCK_COLUMNS = 1024,
    LANE = 16
};

int kernel_has_bfloat16(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static inline BFLOAT16 __mmask16 lanes(long count) {
    return count >= LANE ? 0xffff : (__mmask16)((1u << count) - 1);
}

/* 16 lanes of two rows to pairs (first, second). */
static inline BFLOAT16 __m512i pairs_of_rows(__m512 first, __m512 second) {
    const __m512i interleave = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
        19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(interleave, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

/* 32 neighbours to 16 pairs. */
static inline BFLOAT16 __m512i pairs_of_row(const float *x, long count) {
    __m512 first = _mm512_maskz_loadu_ps(lanes(count), x);
    __m512 second = count > LANE ? _mm512_maskz_loadu_ps(lanes(count - LANE), x + LANE)
                                 : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(second, first);
}

static inline BFLOAT16 void transpose(__m512i r[LANE]) {
    __m512i t[LANE];
    for (int i = 0; i < LANE; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < LANE; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* A panel from vectors that lie along the inner dimension, `stride` apart; absent ones are 0. */
static BFLOAT16 void pack_along(const float *x, long stride, long vectors, long inner, long width,
                                uint32_t *panel) {
    for (long start = 0; start < width; start += LANE) {
        long used = vectors - start < LANE ? vectors - start : LANE;
        if (used < 0) used = 0;
        for (long k = 0; k < inner; k += 2 * LANE) {
            __m512i r[LANE];
            for (long v = 0; v < LANE; v++)
                r[v] = v < used ? pairs_of_row(x + (start + v) * stride + k, inner - k)
                                : _mm512_setzero_si512();
            transpose(r);
            long pairs = (inner - k + 1) / 2 < LANE ? (inner - k + 1) / 2 : LANE;
            for (long p = 0; p < pairs; p++)
                _mm512_mask_storeu_epi32(panel + (k / 2 + p) * width + start, lanes(width - start),
                                         r[p]);
        }
    }
}

/* A panel from vectors that lie across the inner dimension, whose steps are `stride` apart. */
static BFLOAT16 void pack_across(const float *x, long stride, long vectors, long inner, long width,
                                 uint32_t *panel) {
    for (long k = 0; k < inner; k += 2)
        for (long start = 0; start < width; start += LANE) {
            __mmask16 used = vectors > start ? lanes(vectors - start) : 0;
            __m512 first = _mm512_maskz_loadu_ps(used, x + k * stride + start);
            __m512 second = k + 1 < inner
                                ? _mm512_maskz_loadu_ps(used, x + (k + 1) * stride + start)
                                : _mm512_setzero_ps();
            _mm512_mask_storeu_epi32(panel + k / 2 * width + start, lanes(width - start),
                                     pairs_of_rows(first, second));
        }
}

/* Packs `vectors` of a factor, panel after panel. */
static BFLOAT16 void pack(const float *x, long stride, int isAlong, long vectors, long inner,
                          long width, uint32_t *panels) {
    long pairs = (inner + 1) / 2;
    for (long v = 0; v < vectors; v += width, panels += pairs * width) {
        if (isAlong) pack_along(x + v * stride, stride, vectors - v, inner, width, panels);
        else pack_across(x + v, stride, vectors - v, inner, width, panels);
    }
}

/* A panel of A times a panel of B: c = alpha * sum, or added to c. */
static BFLOAT16 void multiply_panels(const uint32_t *a, const uint32_t *b, long pairs, float alpha,
                                     int isAdding, float *c, long stride, long rows,
                                     long columns) {
    __m512 sums[PANEL_ROWS][2];
#pragma clang loop unroll(full)
    for (int r = 0; r < PANEL_ROWS; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    for (long k = 0; k < pairs; k++, a += PANEL_ROWS, b += PANEL_COLUMNS) {
        __m512bh b0 = (__m512bh)_mm512_loadu_si512(b);
        __m512bh b1 = (__m512bh)_mm512_loadu_si512(b + LANE);
#pragma clang loop unroll(full)
        for (int r = 0; r < PANEL_ROWS; r++) {
            __m512bh pair = (__m512bh)_mm512_set1_epi32((int)a[r]);
            sums[r][0] = _mm512_dpbf16_ps(sums[r][0], pair, b0);
            sums[r][1] = _mm512_dpbf16_ps(sums[r][1], pair, b1);
        }
    }
    __mmask16 left = lanes(columns), right = columns > LANE ? lanes(columns - LANE) : 0;
    __m512 factor = _mm512_set1_ps(alpha);
#pragma clang loop unroll(full)
    for (int r = 0; r < PANEL_ROWS; r++) {
        if (r >= rows) continue;
        float *out = c + r * stride;
        __m512 x0 = _mm512_mul_ps(factor, sums[r][0]), x1 = _mm512_mul_ps(factor, sums[r][1]);
        if (isAdding) {
            x0 = _mm512_add_ps(x0, _mm512_maskz_loadu_ps(left, out));
            x1 = _mm512_add_ps(x1, _mm512_maskz_loadu_ps(right, out + LANE));
        }
        _mm512_mask_storeu_ps(out, left, x0);
        _mm512_mask_storeu_ps(out + LANE, right, x1);
    }
}

static long smaller(long x, long y) { return x < y ? x : y; }

/* A block of A times a block of B, both packed. */
static BFLOAT16 void multiply_block(const uint32_t *a, const uint32_t *b, long pairs, float alpha,
                                    int isAdding, float *c, long stride, long rows, long columns) {
    for (long j = 0; j < columns; j += PANEL_COLUMNS)
        for (long i = 0; i < rows; i += PANEL_ROWS)
            multiply_panels(a + i * pairs, b + j * pairs, pairs, alpha, isAdding,
                            c + i * stride + j, stride, smaller(rows - i, PANEL_ROWS),
                            smaller(columns - j, PANEL_COLUMNS));
}

void kernel_bfloat16_multiply(long rows, long columns, long inner, float alpha, const float *a,
                              long strideA, int transposeA, const float *b, long strideB,
                              int transposeB, int isAdding, float *c, long strideC) {
    size_t sizeA = (size_t)BLOCK_ROWS * BLOCK_PAIRS, sizeB = (size_t)BLOCK_COLUMNS * BLOCK_PAIRS;
    uint32_t *packedA = aligned_alloc(64, (sizeA + sizeB) * sizeof(uint32_t));
    if (packedA == NULL) abort();
    uint32_t *packedB = packedA + sizeA;
    for (long j = 0; j < columns; j += BLOCK_COLUMNS) {
        long width = smaller(columns - j, BLOCK_COLUMNS);
        for (long k = 0; k < inner; k += 2 * BLOCK_PAIRS) {
            long depth = smaller(inner - k, 2 * BLOCK_PAIRS);
            const float *partB = transposeB ? b + j * strideB + k : b + k * strideB + j;
            pack(partB, strideB, transposeB, width, depth, PANEL_COLUMNS, packedB);
            for (long i = 0; i < rows; i += BLOCK_ROWS) {
                long height = smaller(rows - i, BLOCK_ROWS);
                const float *partA = transposeA ? a + k * strideA + i : a + i * strideA + k;
                pack(partA, strideA, !transposeA, height, depth, PANEL_ROWS, packedA);
                multiply_block(packedA, packedB, (depth + 1) / 2, alpha, isAdding || k > 0,
                               c + i * strideC + j, strideC, height, width);
            }
        }
    }
    free(packedA);
}
#else
int kernel_has_bfloat16(void) { return 0; }

void kernel_bfloat16_multiply(long rows, long columns, long inner, float alpha, const float *a,
                              long strideA, int transposeA, const float *b, long strideB,
                              int transposeB, int isAdding, float *c, long strideC) {
    abort();
}
#endif
