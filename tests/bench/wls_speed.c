/* wls_speed.c - times of the wls family in C against LAPACK and memory, as ratios. Ours
 * and the peer take turns; the least of several rounds counts. */
#include <distest.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__GNUC__)
__attribute__((weak)) void openblas_set_num_threads(int n);
#else
static void (*openblas_set_num_threads)(int n);
#endif
void dgels_(const char *t, const int *m, const int *n, const int *nrhs, double *A,
            const int *lda, double *B, const int *ldb, double *work, const int *lwork,
            int *info, size_t l);
void dsterf_(const int *n, double *d, double *e, int *info);
void dgeqrf_(const int *m, const int *n, double *A, const int *lda, double *tau,
             double *work, const int *lwork, int *info);
void dgemv_(const char *t, const int *m, const int *n, const double *alpha,
            const double *A, const int *lda, const double *x, const int *incx,
            const double *beta, double *y, const int *incy, size_t l);

/* seconds of the processors a process has used: what others do on them does not count
 */
static double spent(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(const char *name, double ours, double peer, double target,
                   int at_most)
{
    const double ratio = ours / peer;
    printf("wls,%s,%.4g,%.4g,%.3g,%g,%s\n", name, ours, peer, ratio, target,
           (at_most ? ratio <= target : ratio >= target) ? "yes" : "no");
    fflush(stdout);
}

static void must(int status)
{
    if (status != DISTEST_SUCCESS) exit(2);
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* runs of `a` and `b` in turns, the least time of each */
typedef void (*job_fn)(void);
static void turns(job_fn a, job_fn b, int rounds, double *ta, double *tb)
{
    *ta = *tb = 1e300;
    for (int r = 0; r < rounds; r++) {
        double t = now();
        a();
        *ta = least(*ta, now() - t);
        t = now();
        b();
        *tb = least(*tb, now() - t);
    }
}

static void scatter(size_t n, double *x)
{
    uint64_t s = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        s ^= s << 13, s ^= s >> 7, s ^= s << 17;
        x[i] = (double)(s >> 11) / 9007199254740992.0 - 0.5;
    }
}

enum { N = 2000, M = 500 };
static double *P, *W, *Y, *C, *A, *B, *work;
static int outputs, threads;

static void our_fit(void)
{
    distest_context ctx = distest_context_default();
    ctx.threads = threads;
    must(distest_wls_fit(N, M, (size_t)outputs, P, W, Y, 1e-12, C, NULL, NULL, NULL,
                         &ctx));
}

static void dgels(void)
{
    const int n = N, m = M, lwork = 200 * M;
    int info;
    if (openblas_set_num_threads) openblas_set_num_threads(threads);
    memcpy(A, P, sizeof(double) * N * M);
    memcpy(B, Y, sizeof(double) * N * (size_t)outputs);
    dgels_("N", &n, &m, &outputs, A, &n, B, &n, work, &lwork, &info, 1);
}

static void fits(void)
{
    double a, b;
    P = malloc(sizeof(double) * N * M), A = malloc(sizeof(double) * N * M);
    W = malloc(sizeof(double) * N), Y = malloc(sizeof(double) * N * 1000);
    B = malloc(sizeof(double) * N * 1000), C = malloc(sizeof(double) * M * 1000);
    work = malloc(sizeof(double) * 200 * M * 2);
    scatter(N * M, P), scatter(N * 1000, Y);
    for (int i = 0; i < N; i++) W[i] = 1;
    for (threads = 1; threads <= 2; threads++)
        for (outputs = 1; outputs <= 1000; outputs *= 1000) {
            char name[100];
            turns(our_fit, dgels, 5, &a, &b);
            snprintf(name, sizeof name,
                     "fit n=2000 m=500 %d outputs %d threads against dgels", outputs,
                     threads);
            report(name, a, b, 1.25, 1);
        }
    free(P), free(A), free(W), free(Y), free(B), free(C), free(work);
}

enum { H = 3000 };
static distest_wls_basis *hermite;
static double diag[H], off[H];
static void our_hermite(void)
{
    distest_rng rng = distest_rng_seed(1);
    must(distest_wls_tridiagonal(hermite, H, &rng, diag, NULL));
}

static void dsterf(void)
{
    const int n = H;
    int info;
    scatter(H, diag), scatter(H, off);
    dsterf_(&n, diag, off, &info);
}

static distest_wls_space *cube(const char *type, size_t d, double degree)
{
    distest_wls_basis *b = NULL;
    const distest_wls_basis *bases[16];
    distest_wls_set set = distest_wls_set_default();
    distest_wls_space *s = NULL;
    size_t m = 0;
    must(distest_wls_basis_alloc(type, degree, 0, NULL, &b, NULL));
    for (size_t k = 0; k < d; k++) bases[k] = b;
    set.degree = &degree;
    must(distest_wls_index_count(&set, d, bases, &m, NULL));
    int *idx = malloc(m * d * sizeof *idx);
    must(distest_wls_index_fill(&set, d, bases, m, idx, NULL));
    must(distest_wls_space_tensor(d, bases, m, idx, &s, NULL));
    free(idx);
    distest_wls_basis_free(b);
    return s;
}

enum { ROWS = 10000, FUNCTIONS = 3003 };
static distest_wls_space *wide;
static double *points, *phi;
static void our_features(void)
{
    must(distest_wls_features(wide, ROWS, points, 0, phi, NULL, NULL, NULL));
}

static void memory(void)
{
    memset(phi, 1, sizeof(double) * ROWS * FUNCTIONS);
}

enum { MANY = 200000, TERMS = 286 };
static distest_wls_space *solid;
static double coef[TERMS], *values, *matrix;
static void our_predict(void)
{
    distest_context ctx = distest_context_default();
    ctx.threads = 1;
    must(distest_wls_predict(solid, 1, coef, NULL, MANY, points, values, NULL, NULL,
                             &ctx));
}

/* the same flops on a matrix in memory */
static void dgemv(void)
{
    const int n = 20000, m = TERMS, one = 1;
    const double a = 1, b = 0;
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    for (int r = 0; r < MANY / 20000; r++)
        dgemv_("N", &n, &m, &a, matrix, &n, coef, &one, &b, values, &one, 1);
}

enum { CANDIDATES = 100000, FEATURES = 50 };
static void our_finite(void)
{
    distest_wls_space *s = NULL;
    distest_context ctx = distest_context_default();
    ctx.threads = 1;
    must(distest_wls_space_finite(CANDIDATES, FEATURES, P, NULL, 1e-10, &s, &ctx));
    distest_wls_space_free(s);
}

static void dgeqrf(void)
{
    const int n = CANDIDATES, m = FEATURES, lwork = 64 * FEATURES;
    int info;
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    memcpy(A, P, sizeof(double) * CANDIDATES * FEATURES);
    dgeqrf_(&n, &m, A, &n, W, work, &lwork, &info);
}

/* m = 3003, n = 6006 in two copies: below two minutes */
static int stop_after(double fraction, const char *stage, void *data)
{
    double *t = data; /* when to stop; when it was first said */
    (void)fraction, (void)stage;
    if (now() < t[0]) return 0;
    if (t[1] == 0) t[1] = now();
    return 1;
}

static void large(void)
{
    const size_t n = 2 * FUNCTIONS;
    double *x = malloc(n * 10 * sizeof *x), *w = malloc(n * sizeof *w), t[2];
    distest_rng rng = distest_rng_seed(1);
    distest_context ctx = distest_context_default();
    double worst = 0;
    ctx.threads = 2;
    const double start = spent(), begun = now();
    must(distest_wls_sample(wide, NULL, n, &rng, x, NULL, w, NULL, &ctx));
    const double whole = now() - begun;
    report("d=10 m=3003 n=6006 dpp_repeated (processor seconds / 2)",
           (spent() - start) / 2, 1, 120, 1);
    ctx.progress = stop_after, ctx.data = t;
    for (int k = 1; k <= 5; k++) { /* cancelled while drawing, factoring, ... */
        t[0] = now() + whole * k / 6, t[1] = 0;
        if (distest_wls_sample(wide, NULL, n, &rng, x, NULL, w, NULL, &ctx) !=
            DISTEST_ECANCEL)
            break;
        worst = fmax(worst, now() - t[0]);
    }
    report("d=10 m=3003 seconds from cancelling to the end", worst, 1, 0.2, 1);
    free(x), free(w);
}

int main(void)
{
    double a, b;
    must(distest_wls_basis_alloc("hermite", 1, 0, NULL, &hermite, NULL));
    turns(our_hermite, dsterf, 3, &a, &b);
    report("1-D DPP hermite m=3000 against dsterf", a, b, 1.2, 1);
    fits();
    P = malloc(sizeof(double) * CANDIDATES * FEATURES);
    A = malloc(sizeof(double) * CANDIDATES * FEATURES);
    W = malloc(sizeof(double) * FEATURES),
    work = malloc(sizeof(double) * 64 * FEATURES);
    scatter(CANDIDATES * FEATURES, P);
    turns(our_finite, dgeqrf, 5, &a, &b);
    report("finite set-up N=1e5 m=50 against dgeqrf", a, b, 1.5, 1);
    free(P), free(A), free(W), free(work);
    solid = cube("legendre", 3, 10);
    points = malloc(sizeof(double) * MANY * 3), values = malloc(sizeof(double) * MANY);
    matrix = malloc(sizeof(double) * 20000 * TERMS);
    scatter(MANY * 3, points), scatter(TERMS, coef), scatter(20000 * TERMS, matrix);
    turns(our_predict, dgemv, 5, &a, &b);
    report("predict 2e5 points m=286 rate against dgemv", b, a, 0.5, 0);
    free(points), free(values), free(matrix);
    wide = cube("legendre", 10, 5);
    points = malloc(sizeof(double) * ROWS * 10);
    phi = malloc(sizeof(double) * ROWS * FUNCTIONS);
    scatter(ROWS * 10, points);
    turns(memory, our_features, 3, &b, &a);
    report("features d=10 m=3003 n=1e4 against memset", a, b, 2.5, 1);
    free(points), free(phi);
    large();
    distest_wls_space_free(wide), distest_wls_space_free(solid);
    distest_wls_basis_free(hermite);
    return 0;
}
