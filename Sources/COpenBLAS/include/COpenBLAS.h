#ifndef STARLING_COPENBLAS_H
#define STARLING_COPENBLAS_H

/*
 * OpenBLAS, loaded at run time: it chooses its kernels from the environment in its constructor,
 * before main, and we want a word in that choice. See docs/decisions/0003.
 *
 * Matrices are row-major, dimensions 32-bit (the LP64 build that Debian ships).
 */

enum {
    OPENBLAS_ROW_MAJOR = 101,
    OPENBLAS_NO_TRANSPOSE = 111,
    OPENBLAS_TRANSPOSE = 112,
};

/* The functions that we call. LAPACK's are Fortran's: column-major, arguments by address. */
typedef struct {
    void (*sgemm)(int order, int transposeA, int transposeB, int m, int n, int k, float alpha,
                  const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
    void (*dgemm)(int order, int transposeA, int transposeB, int m, int n, int k, double alpha,
                  const double *a, int lda, const double *b, int ldb, double beta, double *c,
                  int ldc);
    void (*sgemv)(int order, int transposeA, int m, int n, float alpha, const float *a, int lda,
                  const float *x, int incx, float beta, float *y, int incy);
    void (*dgemv)(int order, int transposeA, int m, int n, double alpha, const double *a, int lda,
                  const double *x, int incx, double beta, double *y, int incy);
    void (*dpotrf)(const char *uplo, const int *n, double *a, const int *lda, int *info);
    void (*dpotri)(const char *uplo, const int *n, double *a, const int *lda, int *info);
    void (*dsyevd)(const char *job, const char *uplo, const int *n, double *a, const int *lda,
                   double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                   int *info);
    void (*set_num_threads)(int count);
    char *(*get_corename)(void);
} OpenBLASFunctions;

/*
 * Loads the library once. Returns its functions, or NULL; then openblas_load_error() says why.
 * Any thread; the first call changes the environment, so it belongs before other threads start.
 */
const OpenBLASFunctions *openblas_load(void);

const char *openblas_load_error(void);

#endif
