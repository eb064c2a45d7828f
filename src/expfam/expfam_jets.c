/* expfam_jets.c - third and fourth cumulants of Ising models on sparse graphs.
 *
 * Along two directions u and v of the statistics everything is a polynomial in (s, t),
 * cut off at a degree in each: exp(s u'xi + t v'xi) is summed out like the model
 * itself, with polynomials for numbers. The coefficients of log sum and of the means of
 * the statistics are the cumulants along these directions: no moment is ever formed and
 * subtracted. p^2 / 2 pairs of directions of the whitened statistics give
 *
 *     S[u, v, .]  (degrees 1, 1)   and   Q[u, u, v, v]  (2, 2). */
#include "expfam_graph.h"

#include <string.h>

enum { ROWS = 1024, MOST = 9 };
static const double MOST_SCRATCH = 1 << 27; /* numbers, 1 GB */

typedef struct {
    int s, t;
    size_t n; /* (s + 1) (t + 1); the coefficient of s^i t^j is number i + (s + 1) j */
} degrees;

static const degrees THIRD = {1, 1, 4}, FOURTH = {2, 2, 9}, MIXED = {2, 1, 6};

#define AT(i, j) ((size_t)((i) + (o->s + 1) * (j)))

/* a = a b; rows of three, of which FOURTH has three and MIXED two, or THIRD */
static void times(const degrees *o, double *a, const double *b)
{
    if (o->s == 1) {
        a[3] = a[3] * b[0] + a[2] * b[1] + a[1] * b[2] + a[0] * b[3];
        a[2] = a[2] * b[0] + a[0] * b[2];
        a[1] = a[1] * b[0] + a[0] * b[1];
        a[0] *= b[0];
        return;
    }
    for (int j = o->t; j >= 0; j--) {
        double r0 = 0, r1 = 0, r2 = 0;
        for (int l = 0; l <= j; l++) {
            const double *x = a + 3 * (j - l), *y = b + 3 * l;
            r0 += x[0] * y[0];
            r1 += x[1] * y[0] + x[0] * y[1];
            r2 += x[2] * y[0] + x[1] * y[1] + x[0] * y[2];
        }
        a[3 * j] = r0;
        a[3 * j + 1] = r1;
        a[3 * j + 2] = r2;
    }
}

/* a = a / b */
static void over(const degrees *o, double *a, const double *b)
{
    for (int j = 0; j <= o->t; j++)
        for (int i = 0; i <= o->s; i++) {
            double sum = a[AT(i, j)];
            for (int l = 0; l <= j; l++)
                for (int k = 0; k <= i; k++)
                    if (k + l > 0) sum -= b[AT(k, l)] * a[AT(i - k, j - l)];
            a[AT(i, j)] = sum / b[0];
        }
}

/* the last coefficient of log m: i m_ij = sum k L_kl m_(i-k)(j-l) */
static double last_of_log(const degrees *o, const double *m)
{
    double L[MOST] = {0};
    for (int i = 1; i <= o->s; i++)
        for (int j = 0; j <= o->t; j++) {
            double sum = i * m[AT(i, j)];
            for (int l = 0; l <= j; l++)
                for (int k = 1; k <= i; k++)
                    if (k < i || l < j) sum -= k * L[AT(k, l)] * m[AT(i - k, j - l)];
            L[AT(i, j)] = sum / (i * m[0]);
        }
    return L[o->n - 1];
}

typedef struct {
    const di_expfam_graph *g;
    const double *cond, *eta;
} model;

/* numbers of scratch of a pass */
static size_t pass_scratch(const di_expfam_graph *g, size_t n)
{
    return 5 * n * g->cells + 2 * ((size_t)1 << g->width);
}

/* exp(s f + t h) of each state of clique i into e, f = u'(xi - eta) summed here */
static void tilt(const model *q, const degrees *o, size_t i, const double *u,
                 const double *v, double *e, double *lin)
{
    const di_expfam_graph *g = q->g;
    const size_t size = (size_t)1 << g->count[i];
    double *f = lin, *h = lin + size, cu = 0, cv = 0;
    di_expfam_clique_linear(g, i, u, f);
    di_expfam_clique_linear(g, i, v, h);
    for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
        cu += u[g->list[k]] * q->eta[g->list[k]];
        cv += v[g->list[k]] * q->eta[g->list[k]];
    }
    for (size_t c = 0; c < 2 * size; c++) {
        const double x = c & 1     ? 1
                         : g->sign ? -1
                                   : 0,
                     a = x * f[c / 2] - cu, b = x * h[c / 2] - cv;
        const double s[3] = {1, a, 0.5 * a * a}, t[3] = {1, b, 0.5 * b * b};
        double *to = e + c * o->n;
        for (int j = 0; j <= o->t; j++)
            for (int k = 0; k <= o->s; k++) to[AT(k, j)] = s[k] * t[j];
    }
}

/* Up: e (2 x cells) tilts times what comes from below, m (cells) their means given the
 * separator. Returns the last coefficient of the log of the sum. keep: e of all cliques
 * stays; otherwise they share the room of one. */
static double collect(const model *q, const degrees *o, const double *u,
                      const double *v, int keep, double *e, double *m, double *lin)
{
    const di_expfam_graph *g = q->g;
    double last = 0;
    for (size_t i = 0; i < g->d; i++) {
        const size_t size = (size_t)1 << g->count[i];
        const double *t = q->cond + 2 * g->at[i];
        double *own = e + (keep ? 2 * g->at[i] * o->n : 0), *to = m + g->at[i] * o->n;
        tilt(q, o, i, u, v, own, lin);
        for (size_t k = g->child[i]; k < g->d; k = g->next[k])
            for (size_t c = 0; c < 2 * size; c++)
                times(o, own + c * o->n,
                      m + (g->at[k] + di_expfam_part(g, k, c)) * o->n);
        for (size_t n = 0; n < size; n++)
            for (size_t a = 0; a < o->n; a++)
                to[n * o->n + a] = t[2 * n] * own[2 * n * o->n + a] +
                                   t[2 * n + 1] * own[(2 * n + 1) * o->n + a];
        if (g->parent[i] == g->d) last += last_of_log(o, to);
    }
    return last;
}

/* Down: the last coefficients of the means of all statistics. e becomes the tilted
 * marginals. */
static void distribute(const model *q, const degrees *o, double *e, double *m,
                       double *sep, double *lin, double *out)
{
    const di_expfam_graph *g = q->g;
    for (size_t i = g->d; i-- > 0;) {
        const size_t size = (size_t)1 << g->count[i], up = g->parent[i];
        const double *t = q->cond + 2 * g->at[i];
        double *own = e + 2 * g->at[i] * o->n;
        memset(sep, 0, size * o->n * sizeof *sep);
        if (up == g->d) sep[0] = 1;
        for (size_t c = 0; up < g->d && c < (size_t)2 << g->count[up]; c++) {
            const size_t n = di_expfam_part(g, i, c);
            for (size_t a = 0; a < o->n; a++)
                sep[n * o->n + a] += e[(2 * g->at[up] + c) * o->n + a];
        }
        for (size_t n = 0; n < size; n++) {
            double *h = sep + n * o->n;
            over(o, h, m + (g->at[i] + n) * o->n);
            for (size_t x = 0; x < 2; x++) {
                times(o, own + (2 * n + x) * o->n, h);
                for (size_t a = 0; a < o->n; a++)
                    own[(2 * n + x) * o->n + a] *= t[2 * n + x];
            }
        }
        di_expfam_clique_weigh(g, i, own + o->n - 1, o->n, out, lin);
    }
}

static void means_along(const model *q, const degrees *o, const double *u,
                        const double *v, double *scratch, double *out)
{
    const size_t cells = q->g->cells * o->n;
    double *m = scratch + 2 * cells, *sep = m + cells, *lin = scratch + 5 * cells;
    (void)collect(q, o, u, v, 1, scratch, m, lin);
    distribute(q, o, scratch, m, sep, lin, out);
}

typedef struct {
    model q;
    const di_expfam_frame *r;
    size_t p, size;         /* of the scratch of a thread */
    double *scratch, *diag; /* diag: p x p, S[k, k, c] */
    di_expfam_sums *slices;
} problem;

/* K (k ... p - 1, square) = third cumulants of the data with k */
static void data_slice(const di_expfam_frame *r, size_t k, double *buffer, double *K)
{
    const size_t p = r->p, n = r->n, few = p - k;
    memset(K, 0, few * few * sizeof *K);
    for (size_t b = 0; r->K && b < few; b++)
        for (size_t a = 0; a < few; a++)
            K[a + b * few] = r->K[k + p * (k + a + p * (k + b))];
    for (size_t i0 = 0; i0 < n; i0 += ROWS) {
        const size_t rows = n - i0 < ROWS ? n - i0 : ROWS;
        for (size_t a = 0; a < few; a++)
            for (size_t i = 0; i < rows; i++)
                buffer[i + a * ROWS] = (r->f ? r->f[i0 + i] : 1) *
                                       r->V[i0 + i + k * n] *
                                       r->V[i0 + i + (k + a) * n];
        di_gemm('T', 'N', few, few, rows, r->k3, buffer, ROWS, r->V + i0 + k * n, n, 1,
                K, few);
    }
}

/* all that has k as the first of its directions */
static int one_direction(size_t k, int thread, void *data)
{
    const problem *q = data;
    const size_t p = q->p, few = p - k;
    const double *B = q->r->B, *l = q->r->l;
    double *S = q->scratch + (size_t)thread * q->size, *Sc = S + p, *K = Sc + p,
           *buffer = K + p * p, *room = buffer + (q->r->n ? ROWS * p : 0);
    const size_t one = MOST * ((size_t)2 << q->q.g->width);
    di_expfam_sums s = {0};
    data_slice(q->r, k, buffer, K);
    for (size_t e = k; e < p; e++) {
        means_along(&q->q, &THIRD, B + k * p, B + e * p, room, S);
        const size_t c0 = e == k ? 0 : e;
        di_gemv('T', p, p - c0, 1, B + c0 * p, p, S, 0, Sc + c0);
        for (size_t c = e; c < p; c++)
            di_expfam_triple(&s, l, k, e, c, Sc[c], K[e - k + (c - k) * few]);
        if (e == k) memcpy(q->diag + k * p, Sc, p * sizeof *Sc);
        const double Q = 4 * collect(&q->q, &FOURTH, B + k * p, B + e * p, 0, room,
                                     room + one, room + one + MOST * q->q.g->cells);
        s.t3 += (e == k ? 3 : 6) * l[k] * l[e] * Q;
        s.rho4 += (e == k ? 1 : 2) * Q;
    }
    q->slices[k] = s;
    return DISTEST_SUCCESS;
}

int di_expfam_contract_graph(distest_context *ctx, const distest_expfam_family *f,
                             const double *theta, const double *eta,
                             const di_expfam_frame *r, di_expfam_sums *out,
                             double *tilted)
{
    const di_expfam_graph *g = f->graph;
    const size_t p = f->p, third = pass_scratch(g, THIRD.n),
                 fourth = MOST * (g->cells + ((size_t)2 << g->width)) +
                          ((size_t)2 << g->width),
                 pass = third > fourth ? third : fourth;
    problem q = {.q = {g, NULL, eta}, .r = r, .p = p};
    di_pool pool = {NULL};
    double *cond = NULL, *lin = NULL;
    size_t threads = (size_t)di_threads(ctx);
    int status = DISTEST_SUCCESS;
    memset(out, 0, sizeof *out);
    q.size = 2 * p + p * p + (r->n ? ROWS * p : 0) + pass;
    if ((double)threads * (double)q.size > MOST_SCRATCH) threads = 1;
    DI_TRY(DI_NEW(ctx, &pool, &cond, 2, g->cells));
    DI_TRY(DI_NEW(ctx, &pool, &lin, (size_t)2 << g->width, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, threads, q.size));
    DI_TRY(DI_NEW(ctx, &pool, &q.diag, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.slices, p, 1));
    (void)di_expfam_clique_laws(g, theta, cond, q.scratch, lin);
    q.q.cond = cond;
    if (threads > 1)
        DI_TRY(di_for_blocks(ctx, "cumulants", 0, 1, p, one_direction, &q));
    for (size_t k = 0; threads == 1 && k < p; k++) {
        DI_TRY(di_progress(ctx, di_fraction(0, 1, k, p), "cumulants"));
        (void)one_direction(k, 0, &q);
    }
    di_expfam_add_slices(p, q.slices, out);
    di_expfam_add_traces(p, q.diag, r->l, out, tilted);
done:
    di_pool_free(&pool);
    return status;
}

/* Full tensors. Q[a, b, c, .] by polarisation of Q[u, u, c, .]. */
int di_expfam_graph_cumulants(const distest_expfam_family *f, const double *theta,
                              const double *eta, double *s3, double *q4,
                              distest_context *ctx)
{
    const di_expfam_graph *g = f->graph;
    const size_t p = f->p, p2 = p * p;
    const size_t cells = g->cells, most = (size_t)2 << g->width;
    di_pool pool = {NULL};
    double *cond = NULL, *lin = NULL, *scratch = NULL, *u = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &cond, 2, cells));
    DI_TRY(DI_NEW(ctx, &pool, &lin, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, pass_scratch(g, MIXED.n), 1));
    DI_TRY(DI_NEW(ctx, &pool, &u, 2, p));
    (void)di_expfam_clique_laws(g, theta, cond, scratch, lin);
    const model q = {g, cond, eta};
    double *v = u + p;
    memset(u, 0, 2 * p * sizeof *u);
    for (size_t c = 0; c < p; c++) {
        DI_TRY(di_progress(ctx, di_fraction(0, 1, c, p), "cumulants"));
        v[c] = 1;
        for (size_t a = 0; a < p; a++) {
            u[a] = 1;
            if (s3) means_along(&q, &THIRD, u, v, scratch, s3 + p * (a + p * c));
            for (size_t b = 0; q4 && b <= a; b++) { /* for a = b: along 2 a */
                u[b] += 1;
                means_along(&q, &MIXED, u, v, scratch, q4 + p * (a + p * b + p2 * c));
                u[b] -= 1;
            }
            u[a] = 0;
        }
        v[c] = 0;
        if (!q4) continue;
        /* 2 Q[x, x] = coefficient x 2; along 2 a it is 4 Q[a, a] */
        double *at = q4 + p * p2 * c;
#define Q(a, b) at[e + p * ((a) + p * (b))]
        for (size_t e = 0; e < p; e++) {
            for (size_t a = 0; a < p; a++) Q(a, a) *= 0.5;
            for (size_t a = 0; a < p; a++)
                for (size_t b = 0; b < a; b++)
                    Q(a, b) = Q(b, a) = 0.5 * (2 * Q(a, b) - Q(a, a) - Q(b, b));
        }
#undef Q
    }
done:
    di_pool_free(&pool);
    return status;
}
