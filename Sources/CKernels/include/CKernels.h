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

/* out[i] = tanh(x[i]); may be in place. */
void kernel_tanh(long count, const float *x, float *out);

/* out[i] = exp(x[i]); may be in place. */
void kernel_exp(long count, const float *x, float *out);

/* row = exp(row - max) / sum of the same; returns log(sum(exp(row))). */
float kernel_softmax(long count, float *row);

/* out = sum over k of weights[k] * table[rows[k]]; out and the table's rows are `width` wide. */
void kernel_gather_rows(long count, const int32_t *rows, const float *weights, const float *table,
                        long width, float *out);

/* table[rows[k]] += weights[k] * x, for each k in order. */
void kernel_scatter_rows(long count, const int32_t *rows, const float *weights, const float *x,
                         long width, float *table);

/* One step of Adam; the corrections are 1 / (1 - beta^t). Returns 0 unless all weights stay
   finite. */
int kernel_adam(long count, float *weights, const float *gradient, float *mean, float *variance,
                float learningRate, float beta1, float beta2, float epsilon, float meanCorrection,
                float varianceCorrection);

#endif
