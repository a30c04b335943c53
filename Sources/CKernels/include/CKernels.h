#ifndef STARLING_CKERNELS_H
#define STARLING_CKERNELS_H

#include <stdint.h>

/*
 * The loops where profiling shows that the best vector instructions matter. One binary carries
 * each in several versions; the loader picks the one that the CPU can run.
 *
 * Each has a slow plain twin in Tensor/PlainKernels.swift that says what it computes, and a test
 * that holds the two against each other.
 */

/* y += a x */
void kernel_axpy(long count, float a, const float *x, float *y);

/* The first place whose number is above the bound; count where there is none. */
long kernel_first_above(long count, const float *x, float bound);

/* out[i] = tanh(x[i]); may be in place. */
void kernel_tanh(long count, const float *x, float *out);

/* row = exp(row - max) / sum of the same; returns log(sum(exp(row))). */
float kernel_softmax(long count, float *row);

/* out = sum over k of weights[k] * table[rows[k]]; out and the table's rows are `width` wide. */
void kernel_gather_rows(long count, const int32_t *rows, const float *weights, const float *table,
                        long width, float *out);

/* table[rows[k]] += weights[k] * x, for each k in order. */
void kernel_scatter_rows(long count, const int32_t *rows, const float *weights, const float *x,
                         long width, float *table);

/* out[k] = scale * table[rows[k]] */
void kernel_pick_rows(long count, const int32_t *rows, float scale, const float *table, long width,
                      float *out);

/* table[rows[k]] += scale * x[k], for each k in order. */
void kernel_add_to_rows(long count, const int32_t *rows, float scale, const float *x, long width,
                        float *table);

/* One step of Adam; the corrections are 1 / (1 - beta^t). Returns 0 unless all weights stay
   finite. */
int kernel_adam(long count, float *weights, const float *gradient, float *mean, float *variance,
                float learningRate, float beta1, float beta2, float epsilon, float meanCorrection,
                float varianceCorrection);

/* out = x + y; may be in place. */
void kernel_add(long count, const float *x, const float *y, float *out);

/* out += x y */
void kernel_multiply_add(long count, const float *x, const float *y, float *out);

/* Adds the row to each row of the matrix. */
void kernel_add_row(long rows, long width, const float *row, float *matrix);

/* sums += scale * (sum of each column) */
void kernel_add_column_sums(long rows, long width, const float *matrix, float scale, float *sums);

/* out = max(0, x); dInput += dOutput where x > 0. */
void kernel_relu(long count, const float *x, float *out);
void kernel_relu_gradient(long count, const float *x, const float *dOutput, float *dInput);

/* y = 1 / (1 + exp(-x)); dInput += dOutput y (1 - y). */
void kernel_sigmoid(long count, const float *x, float *out);
void kernel_sigmoid_gradient(long count, const float *y, const float *dOutput, float *dInput);

/* y = x / (1 + exp(-x)) */
void kernel_silu(long count, const float *x, float *out);
void kernel_silu_gradient(long count, const float *x, const float *dOutput, float *dInput);

/* out (+)= x scale where the hash of (start + i, key) is at least the threshold; 0 elsewhere. */
void kernel_dropout(long count, uint32_t start, uint64_t key, uint32_t threshold, float scale,
                    const float *x, float *out);
void kernel_dropout_add(long count, uint32_t start, uint64_t key, uint32_t threshold, float scale,
                        const float *x, float *out);

/* Each row with mean 0 and variance 1, times gain, plus bias. The gradients are added. */
void kernel_layer_norm(long rows, long width, const float *x, const float *gain,
                       const float *bias, float epsilon, float *out);
void kernel_layer_norm_gradient(long rows, long width, const float *x, const float *gain,
                                const float *dOutput, float epsilon, float *dInput, float *dGain,
                                float *dBias);

/* Each row divided by sqrt(its square + epsilon). */
void kernel_unit_rows(long rows, long width, const float *x, float epsilon, float *out);
void kernel_unit_rows_gradient(long rows, long width, const float *x, const float *dOutput,
                               float epsilon, float *dInput);

/* scores = scale scores + positions + gaps[bucket of now - times[j]]; NULL for no such term. */
void kernel_attention_scores(long count, float scale, const float *positions, const float *gaps,
                             int32_t now, const int32_t *times, float *scores);

/* dInput = y (dOutput - sum of y dOutput); may be in place. */
void kernel_softmax_gradient(long count, const float *y, const float *dOutput, float *dInput);

/* gradient[4 bucket + lane] += dScores[j]; the four lanes of a bucket are to be added up. */
void kernel_gap_gradient(long count, const float *dScores, int32_t now, const int32_t *times,
                         float *gradient);

/* out[r, k] = keep[r, k] out[r - 1, k] + take[r, k] x[r], from nothing; x's rows are `width` wide. */
void kernel_recurrence(long rows, long pools, long width, const float *keep, const float *take,
                       const float *x, float *out);

/* carry[k] = dOutput[r, k] + keep[r + 1, k] carry[k]; dInput[r] += take[r, k] carry[k]; from the
   last row to the first, with `carried` of pools x width zeros to work in. */
void kernel_recurrence_gradient(long rows, long pools, long width, const float *keep,
                                const float *take, const float *dOutput, float *carried,
                                float *dInput);

/* Tells malloc to keep what is freed; Tensor/TensorMemory.swift says why. */
void memory_keep_freed(void);

/* Returns the sum of log N(z; mu, sigma^2) - log p(z), where p is a mixture of the standard normal
 * distribution, the previous one and a wide one with mean 0; dSample is scale times its derivative
 * by z through p. `moments` and `previous` hold means, then logs of variances. */
float kernel_mixture_divergence(long size, const float *sample, const float *moments,
                                const float *noise, const float *previous, float logStandard,
                                float logGiven, float logWide, float wideLogVariance, float scale,
                                float *dSample);

/* Whether the CPU multiplies pairs of bfloat16. */
int kernel_has_bfloat16(void);

/*
 * c = alpha * a b, or added to c, with the factors rounded to bfloat16. Row-major; `a` is
 * [rows x inner] after transposing, `b` [inner x columns]; `strideX` is the width of x as stored.
 * Must not be called where kernel_has_bfloat16 says no.
 */
void kernel_bfloat16_multiply(long rows, long columns, long inner, float alpha, const float *a,
                              long strideA, int transposeA, const float *b, long strideB,
                              int transposeB, int isAdding, float *c, long strideC);

/*
 * out[u, r] = factors[u] * scales[r] * (vectors[u] . table[r]); the rows of `out` are `stride` apart.
 * The product is summed exactly: the caller sees to it that 127 * width * max |vectors| fits into 32
 * bits, and that no element of `vectors` is beyond 32639.
 */
void kernel_byte_products(long users, long rows, long width, const int8_t *table,
                          const float *scales, const int16_t *vectors, const float *factors,
                          long stride, float *out);

/* The same for a CPU without byte products (AVX-512 VNNI). */
void kernel_byte_products_portable(long users, long rows, long width, const int8_t *table,
                                   const float *scales, const int16_t *vectors,
                                   const float *factors, long stride, float *out);

#endif
