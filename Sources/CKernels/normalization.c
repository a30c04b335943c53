#include "CKernels.h"
#include "vectorised.h"

static inline __attribute__((always_inline)) float row_sum(long width, const float *x) {
    float sums[LANES] = {0};
    long body = width - width % LANES;
    for (long i = 0; i < body; i += LANES)
        for (int j = 0; j < LANES; j++) sums[j] += x[i + j];
    for (long i = body; i < width; i++) sums[i - body] += x[i];
    float sum = 0.0f;
    for (int j = 0; j < LANES; j++) sum += sums[j];
    return sum;
}

/* sum of (x - shift) * (y - shift) */
static inline __attribute__((always_inline)) float row_product(long width, const float *x,
                                                               const float *y, float shift) {
    float sums[LANES] = {0};
    long body = width - width % LANES;
    for (long i = 0; i < body; i += LANES)
        for (int j = 0; j < LANES; j++) sums[j] += (x[i + j] - shift) * (y[i + j] - shift);
    for (long i = body; i < width; i++) sums[i - body] += (x[i] - shift) * (y[i] - shift);
    float sum = 0.0f;
    for (int j = 0; j < LANES; j++) sum += sums[j];
    return sum;
}

VECTORISED void kernel_layer_norm(long rows, long width, const float *x, const float *gain,
                                  const float *bias, float epsilon, float *out) {
    for (long r = 0; r < rows; r++, x += width, out += width) {
        float mean = row_sum(width, x) / (float)width;
        float variance = row_product(width, x, x, mean) / (float)width;
        float scale = 1.0f / sqrtf(variance + epsilon);
        for (long i = 0; i < width; i++) out[i] = (x[i] - mean) * scale * gain[i] + bias[i];
    }
}

VECTORISED void kernel_layer_norm_gradient(long rows, long width, const float *x,
                                           const float *gain, const float *dOutput, float epsilon,
                                           float *dInput, float *dGain, float *dBias) {
    for (long r = 0; r < rows; r++, x += width, dOutput += width, dInput += width) {
        float mean = row_sum(width, x) / (float)width;
        float variance = row_product(width, x, x, mean) / (float)width;
        float scale = 1.0f / sqrtf(variance + epsilon);
        float sums[LANES] = {0}, products[LANES] = {0};
        long body = width - width % LANES;
        for (long i = 0; i < body; i += LANES)
            for (int j = 0; j < LANES; j++) {
                float g = dOutput[i + j] * gain[i + j];
                sums[j] += g;
                products[j] += g * (x[i + j] - mean);
            }
        for (long i = body; i < width; i++) {
            float g = dOutput[i] * gain[i];
            sums[i - body] += g;
            products[i - body] += g * (x[i] - mean);
        }
        float sum = 0.0f, product = 0.0f;
        for (int j = 0; j < LANES; j++) sum += sums[j], product += products[j];
        sum /= (float)width;
        product *= scale / (float)width;
        for (long i = 0; i < width; i++) {
            float normal = (x[i] - mean) * scale;
            dInput[i] += scale * (dOutput[i] * gain[i] - sum - normal * product);
            dGain[i] += dOutput[i] * normal;
            dBias[i] += dOutput[i];
        }
    }
}

VECTORISED void kernel_unit_rows(long rows, long width, const float *x, float epsilon,
                                 float *out) {
    for (long r = 0; r < rows; r++, x += width, out += width) {
        float scale = 1.0f / sqrtf(row_product(width, x, x, 0.0f) + epsilon);
        for (long i = 0; i < width; i++) out[i] = x[i] * scale;
    }
}

VECTORISED void kernel_unit_rows_gradient(long rows, long width, const float *x,
                                          const float *dOutput, float epsilon, float *dInput) {
    for (long r = 0; r < rows; r++, x += width, dOutput += width, dInput += width) {
        float scale = 1.0f / sqrtf(row_product(width, x, x, 0.0f) + epsilon);
        float along = row_product(width, x, dOutput, 0.0f) * scale * scale;
        for (long i = 0; i < width; i++) dInput[i] += scale * (dOutput[i] - x[i] * along);
    }
}
