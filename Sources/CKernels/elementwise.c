#include "CKernels.h"
#include "vectorised.h"

VECTORISED void kernel_axpy(long count, float a, const float *x, float *y) {
    for (long i = 0; i < count; i++) y[i] += a * x[i];
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

VECTORISED void kernel_pick_rows(long count, const int32_t *rows, float scale, const float *table,
                                 long width, float *out) {
    for (long k = 0; k < count; k++) {
        const float *row = table + rows[k] * width;
        for (long i = 0; i < width; i++) out[k * width + i] = scale * row[i];
    }
}

VECTORISED void kernel_add_to_rows(long count, const int32_t *rows, float scale, const float *x,
                                   long width, float *table) {
    for (long k = 0; k < count; k++) {
        float *row = table + rows[k] * width;
        for (long i = 0; i < width; i++) row[i] += scale * x[k * width + i];
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

VECTORISED void kernel_add(long count, const float *x, const float *y, float *out) {
    for (long i = 0; i < count; i++) out[i] = x[i] + y[i];
}

VECTORISED void kernel_multiply_add(long count, const float *x, const float *y, float *out) {
    for (long i = 0; i < count; i++) out[i] += x[i] * y[i];
}

VECTORISED void kernel_add_row(long rows, long width, const float *row, float *matrix) {
    for (long r = 0; r < rows; r++)
        for (long i = 0; i < width; i++) matrix[r * width + i] += row[i];
}

VECTORISED void kernel_add_column_sums(long rows, long width, const float *matrix, float scale,
                                       float *sums) {
    for (long r = 0; r < rows; r++)
        for (long i = 0; i < width; i++) sums[i] += scale * matrix[r * width + i];
}

VECTORISED void kernel_relu(long count, const float *x, float *out) {
    for (long i = 0; i < count; i++) out[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

VECTORISED void kernel_relu_gradient(long count, const float *x, const float *dOutput,
                                     float *dInput) {
    for (long i = 0; i < count; i++) dInput[i] += x[i] > 0.0f ? dOutput[i] : 0.0f;
}

VECTORISED void kernel_sigmoid(long count, const float *x, float *out) {
    for (long i = 0; i < count; i++) out[i] = 1.0f / (1.0f + exp_inline(-x[i]));
}

VECTORISED void kernel_sigmoid_gradient(long count, const float *y, const float *dOutput,
                                        float *dInput) {
    for (long i = 0; i < count; i++) dInput[i] += dOutput[i] * y[i] * (1.0f - y[i]);
}

VECTORISED void kernel_silu(long count, const float *x, float *out) {
    for (long i = 0; i < count; i++) out[i] = x[i] / (1.0f + exp_inline(-x[i]));
}

VECTORISED void kernel_silu_gradient(long count, const float *x, const float *dOutput,
                                     float *dInput) {
    for (long i = 0; i < count; i++) {
        float s = 1.0f / (1.0f + exp_inline(-x[i]));
        dInput[i] += dOutput[i] * s * (1.0f + x[i] * (1.0f - s));
    }
}

/* Whether element `index` of a mask stays: Wellons' "lowbias32" hash with the key mixed in. */
static inline __attribute__((always_inline)) uint32_t mask_bits(uint32_t index, uint64_t key) {
    uint32_t x = index + (uint32_t)key;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= (uint32_t)(key >> 32);
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

VECTORISED void kernel_dropout_add(long count, uint32_t start, uint64_t key, uint32_t threshold,
                                   float scale, const float *x, float *out) {
    for (long i = 0; i < count; i++)
        out[i] += mask_bits(start + (uint32_t)i, key) >= threshold ? x[i] * scale : 0.0f;
}

VECTORISED void kernel_dropout(long count, uint32_t start, uint64_t key, uint32_t threshold,
                               float scale, const float *x, float *out) {
    for (long i = 0; i < count; i++)
        out[i] = mask_bits(start + (uint32_t)i, key) >= threshold ? x[i] * scale : 0.0f;
}
