#include "CKernels.h"
#include "vectorised.h"

/* Rows that all users are multiplied with before the next ones are read: they stay in the cache. */
enum { BLOCK_BYTES = 1 << 17 };

static VECTORISED void multiply_rows(long rows, long width, const int8_t *table,
                                     const float *scales, const int16_t *vector, float factor,
                                     float *out) {
    for (long r = 0; r < rows; r++) {
        const int8_t *row = table + r * width;
        int32_t sum = 0;
        for (long i = 0; i < width; i++) sum += (int32_t)row[i] * (int32_t)vector[i];
        out[r] = factor * scales[r] * (float)sum;
    }
}

static long rows_of_block(long width) {
    long rows = BLOCK_BYTES / (width > 0 ? width : 1);
    return rows < 16 ? 16 : rows - rows % 16;
}

void kernel_byte_products_portable(long users, long rows, long width, const int8_t *table,
                                   const float *scales, const int16_t *vectors,
                                   const float *factors, long stride, float *out) {
    long block = rows_of_block(width);
    for (long r = 0; r < rows; r += block)
        for (long u = 0; u < users; u++)
            multiply_rows(rows - r < block ? rows - r : block, width, table + r * width,
                          scales + r, vectors + u * width, factors[u], out + u * stride + r);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define BYTES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

enum {
    LANE_ROWS = 16,
    TILE_ROWS = 8, /* two sums for each of them in registers */
    LANE_BYTES = 64,
    MAXIMUM_WIDTH = 4096
};

static int has_byte_products(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static inline BYTES __mmask64 byte_lanes(long count) {
    return count >= LANE_BYTES ? ~(__mmask64)0 : ((__mmask64)1 << count) - 1;
}

/* Lane i of the result is the sum of all lanes of r[i]. */
static inline BYTES __m512i sums_of(const __m512i r[LANE_ROWS]) {
    __m512i s[8], t[4], u[2];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++)
        s[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]),
                                _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]));
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++)
        t[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(s[2 * i], s[2 * i + 1]),
                                _mm512_unpackhi_epi64(s[2 * i], s[2 * i + 1]));
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++)
        u[i] = _mm512_add_epi32(_mm512_shuffle_i32x4(t[2 * i], t[2 * i + 1], 0x88),
                                _mm512_shuffle_i32x4(t[2 * i], t[2 * i + 1], 0xdd));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(u[0], u[1], 0x88),
                            _mm512_shuffle_i32x4(u[0], u[1], 0xdd));
}

/*
 * VPDPBUSD multiplies unsigned bytes with signed ones. The table's get the sign bit flipped, which
 * adds 128, and `offset`, 128 times the sum of the vector, is taken off in the end. The vector is
 * 256 high + low. All of it modulo 2^32, where the result fits.
 */
static BYTES void multiply_bytes(long rows, long width, const int8_t *table, const float *scales,
                                 const int8_t *high, const int8_t *low, uint32_t offset,
                                 float factor, float *out) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    for (long r = 0; r < rows; r += LANE_ROWS) {
        long used = rows - r < LANE_ROWS ? rows - r : LANE_ROWS;
        __m512i sums[LANE_ROWS];
        for (int tile = 0; tile < LANE_ROWS; tile += TILE_ROWS) {
            __m512i highs[TILE_ROWS], lows[TILE_ROWS];
#pragma clang loop unroll(full)
            for (int k = 0; k < TILE_ROWS; k++) highs[k] = lows[k] = _mm512_setzero_si512();
            for (long i = 0; i < width; i += LANE_BYTES) {
                __mmask64 lanes = byte_lanes(width - i);
                __m512i x = _mm512_maskz_loadu_epi8(lanes, high + i);
                __m512i y = _mm512_maskz_loadu_epi8(lanes, low + i);
#pragma clang loop unroll(full)
                for (int k = 0; k < TILE_ROWS; k++) {
                    long row = r + (tile + k < used ? tile + k : 0);
                    __m512i bytes = _mm512_xor_si512(
                        _mm512_maskz_loadu_epi8(lanes, table + row * width + i), flip);
                    highs[k] = _mm512_dpbusd_epi32(highs[k], bytes, x);
                    lows[k] = _mm512_dpbusd_epi32(lows[k], bytes, y);
                }
            }
#pragma clang loop unroll(full)
            for (int k = 0; k < TILE_ROWS; k++)
                sums[tile + k] = _mm512_add_epi32(_mm512_slli_epi32(highs[k], 8), lows[k]);
        }
        __m512i sum = _mm512_sub_epi32(sums_of(sums), _mm512_set1_epi32((int)offset));
        __mmask16 lanes = used >= LANE_ROWS ? 0xffff : (__mmask16)((1u << used) - 1);
        __m512 scale = _mm512_mul_ps(_mm512_set1_ps(factor),
                                     _mm512_maskz_loadu_ps(lanes, scales + r));
        _mm512_mask_storeu_ps(out + r, lanes, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(sum)));
    }
}

void kernel_byte_products(long users, long rows, long width, const int8_t *table,
                          const float *scales, const int16_t *vectors, const float *factors,
                          long stride, float *out) {
    if (width > MAXIMUM_WIDTH || !has_byte_products()) {
        kernel_byte_products_portable(users, rows, width, table, scales, vectors, factors, stride,
                                      out);
        return;
    }
    long block = rows_of_block(width);
    int8_t high[MAXIMUM_WIDTH], low[MAXIMUM_WIDTH];
    for (long r = 0; r < rows; r += block)
        for (long u = 0; u < users; u++) {
            uint32_t sum = 0;
            for (long i = 0; i < width; i++) {
                int16_t x = vectors[u * width + i];
                low[i] = (int8_t)(uint8_t)x;
                high[i] = (int8_t)((x - low[i]) / 256);
                sum += (uint32_t)(int32_t)x;
            }
            multiply_bytes(rows - r < block ? rows - r : block, width, table + r * width,
                           scales + r, high, low, 128 * sum, factors[u], out + u * stride + r);
        }
}
#else
void kernel_byte_products(long users, long rows, long width, const int8_t *table,
                          const float *scales, const int16_t *vectors, const float *factors,
                          long stride, float *out) {
    kernel_byte_products_portable(users, rows, width, table, scales, vectors, factors, stride, out);
}
#endif
