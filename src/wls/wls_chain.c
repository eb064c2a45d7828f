/* wls_chain.c - the chain rule of a projection determinantal process, whoever makes the
 * proposals; and the stepper, for proposals whose features the caller evaluates.
 *
 * Point j + 1 has density |(I - QQ')phi(x)|^2 / (m - j), Q an orthonormal basis of the
 * features of the points so far. Proposals come from the optimal measure k/m, so that a
 * proposal with normalised feature u is accepted with probability |u - QQ'u|^2:
 * m (log m + 0.58) of them on average, whatever the measure. Held is not Q but what it
 * leaves: the rows of P, an orthonormal basis of the complement, so that the residual
 * is |Pu|^2, p = m - j rows and nothing to cancel: 2 m p operations for each of m / p
 * proposals, 4 m^3 in all with the changes of P, where projections on Q take
 * 2 m^3 log m. Proposals come in batches whose size depends on m and j alone; those not
 * yet scanned when a point is accepted stay valid after one more projection, so that
 * the points do not depend on that size. */
#include "wls.h"

#include <math.h>
#include <string.h>

enum { LEAST = 32, SLICE = 256 };

/* the largest batch: 2 m for the last point, within limits */
static size_t most(size_t m)
{
    return 2 * m < LEAST ? LEAST : 2 * m < WLS_BLOCK ? 2 * m : WLS_BLOCK;
}

size_t di_wls_chain_work(size_t m)
{
    return m * m + (3 * m + 5) * most(m);
}

void di_wls_chain_begin(di_wls_chain *c, size_t m, double *work)
{
    const size_t B = most(m);
    *c = (di_wls_chain){.m = m, .P = work};
    c->U = c->P + m * m, c->C = c->U + m * B, c->V = c->C + m * B;
    c->res = c->V + m * B, c->coin = c->res + B, c->c = c->coin + B;
    c->alive = (size_t *)(void *)(c->c + B); /* size_t is no wider than double */
    c->took = c->alive + B;
}

size_t di_wls_chain_batch(const di_wls_chain *c)
{
    size_t B = 2 * c->m / (c->m - c->j);
    if (B < c->m / 24) B = c->m / 24; /* P is passed over once a batch */
    return B < LEAST ? LEAST : B > WLS_BLOCK ? WLS_BLOCK : B;
}

double di_wls_chain_limit(size_t m)
{
    return 200 * (double)m * (log((double)m) + 1) + 1000;
}

void di_wls_chain_unit(di_wls_chain *c, size_t B)
{
    for (size_t i = 0; i < B; i++) {
        double *u = c->U + i * c->m;
        const double length = sqrt(di_dot(c->m, u, u));
        for (size_t l = 0; length > 0 && l < c->m; l++) u[l] /= length;
        if (!(length > 0)) c->coin[i] = 2; /* never accepted */
    }
}

static int stopped(const di_wls_chain *c)
{
    return c->team && di_wls_stop(c->team, c->thread) != DISTEST_SUCCESS;
}

/* C = PU, res_i = |c_i|^2. Proposals below their coin are dropped, the others move to
 * the front. Returns how many are left, none when stopped. */
static size_t project(di_wls_chain *c, size_t B)
{
    const size_t m = c->m, p = m - c->j;
    size_t left = 0;
    if (p == m) memcpy(c->C, c->U, m * B * sizeof(double));
    for (size_t i0 = 0; p < m && i0 < p; i0 += SLICE) {
        const size_t rows = p - i0 < SLICE ? p - i0 : SLICE;
        if (stopped(c)) return 0;
        di_gemm('N', 'N', rows, B, m, 1, c->P + c->j + i0, m, c->U, m, 0, c->C + i0, p);
    }
    for (size_t i = 0; i < B; i++) {
        const double r = di_dot(p, c->C + i * p, c->C + i * p);
        if (!(c->coin[i] < r)) continue;
        c->res[left] = r, c->coin[left] = c->coin[i], c->alive[left] = i;
        if (left != i) memcpy(c->C + left * p, c->C + i * p, p * sizeof(double));
        left++;
    }
    return left;
}

/* v = x - VV'x, twice where digits were lost, V: p x k; its squared length */
static double residual(di_wls_chain *c, size_t p, size_t k, const double *x, double r,
                       double *v)
{
    memcpy(v, x, p * sizeof(double));
    for (int pass = 0; pass < 2 && k; pass++) {
        const double before = r;
        di_gemv('T', p, k, 1, c->V, p, v, 0, c->c);
        di_gemv('N', p, k, -1, c->V, p, c->c, 1, v);
        r = di_dot(p, v, v);
        if (r > 0.5 * before) break;
    }
    return r;
}

/* P loses the k directions V (p x k, orthonormal). With S = diag(+-1) and V_1 the top
 * k rows, Y = V - [S; 0] and M = I - V_1'S, the matrix H = I - Y M^-1 Y' is orthogonal
 * with first columns VS, since M + M' = Y'Y; the last p - k rows of H'P are wanted.
 * V_1 - S = LU without pivoting, S chosen on the way such that each pivot is at least 1
 * (Ballard et al., J. Parallel Distrib. Comput. 85, 2015); M' = -S L U. */
static void reflect(di_wls_chain *c, size_t k)
{
    const size_t m = c->m, p = m - c->j;
    double *LU = c->C, *S = c->c, *W = c->U;
    for (size_t j = 0; j < k; j++) memcpy(LU + j * k, c->V + j * p, k * sizeof(double));
    for (size_t j = 0; j < k; j++) {
        S[j] = LU[j + j * k] > 0 ? -1 : 1;
        LU[j + j * k] -= S[j];
        for (size_t i = j + 1; i < k; i++) LU[i + j * k] /= LU[j + j * k];
        for (size_t l = j + 1; l < k; l++)
            for (size_t i = j + 1; i < k; i++)
                LU[i + l * k] -= LU[i + j * k] * LU[j + l * k];
    }
    for (size_t l0 = 0; l0 < m; l0 += SLICE) {
        const size_t cols = m - l0 < SLICE ? m - l0 : SLICE;
        double *P = c->P + c->j + l0 * m;
        if (stopped(c)) return;
        if (p == m) { /* P is the unit matrix, which is written here */
            memset(P, 0, m * cols * sizeof(double));
            for (size_t l = 0; l < cols; l++) P[l0 + l + l * m] = 1;
        }
        di_gemm('T', 'N', k, cols, p, 1, c->V, p, P, m, 0, W, k);
        for (size_t l = 0; l < cols; l++)
            for (size_t i = 0; i < k; i++)
                W[i + l * k] = S[i] * W[i + l * k] - P[i + l * m];
        di_trsm('L', 'L', 'N', 'U', k, cols, 1, LU, k, W, k);
        di_trsm('L', 'U', 'N', 'N', k, cols, 1, LU, k, W, k);
        di_gemm('N', 'N', p - k, cols, k, 1, c->V + k, p, W, k, 1, P + k, m);
    }
}

size_t di_wls_chain_offer(di_wls_chain *c, size_t B)
{
    const size_t p = c->m - c->j, left = project(c, B);
    size_t k = 0;
    for (size_t i = 0; i < left && k < p; i++) {
        double *v = c->V + k * p;
        if (!(c->coin[i] < c->res[i])) continue;
        if (stopped(c)) return 0;
        const double r = residual(c, p, k, c->C + i * p, c->res[i], v);
        if (!(c->coin[i] < r) || r <= 1e-14) continue;
        for (size_t l = 0; l < p; l++) v[l] /= sqrt(r);
        c->took[k++] = c->alive[i];
        const size_t rest = left - i - 1;
        di_gemv('T', p, rest, 1, c->C + (i + 1) * p, p, v, 0, c->c);
        for (size_t l = 0; l < rest; l++) c->res[i + 1 + l] -= c->c[l] * c->c[l];
    }
    if (k && k < p) reflect(c, k);
    c->j += k;
    return k;
}

/* ---- the stepper: r copies, each with a chain and a stream of its own -------------
 */

struct distest_wls_stepper {
    size_t m, r, asked; /* asked: proposals that the next offer must hold */
    di_wls_chain *chain;
    di_stream *stream;
    double *made; /* proposals so far, per copy */
    size_t taken, *proposal, *copy;
    di_pool pool;
};

int distest_wls_stepper_alloc(size_t m, size_t r, distest_rng *rng,
                              distest_wls_stepper **stepper, distest_context *ctx)
{
    distest_wls_stepper *s = NULL;
    double *work = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_check_pointer(ctx, "stepper", stepper));
    if (m == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "m", "`m` must be at least 1."));
    if (r == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "r", "`r` must be at least 1."));
    DI_TRY(di_check_shape(ctx, "m", m, m));
    DI_TRY(di_alloc(ctx, (void **)&s, 1, sizeof *s));
    memset(s, 0, sizeof *s);
    s->m = m, s->r = r;
    DI_TRY(DI_NEW(ctx, &s->pool, &s->chain, r, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->stream, r, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->made, r, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->proposal, r, m));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->copy, r, m));
    DI_TRY(DI_NEW(ctx, &s->pool, &work, r, di_wls_chain_work(m)));
    const uint64_t key = di_rng_key(rng);
    for (size_t c = 0; c < r; c++) {
        di_wls_chain_begin(&s->chain[c], m, work + c * di_wls_chain_work(m));
        s->stream[c] = di_stream_open(key, c);
        s->made[c] = 0;
    }
    *stepper = s;
    s = NULL;
done:
    distest_wls_stepper_free(s);
    return status;
}

void distest_wls_stepper_free(distest_wls_stepper *stepper)
{
    if (!stepper) return;
    di_pool_free(&stepper->pool);
    di_free(stepper);
}

int distest_wls_stepper_want(distest_wls_stepper *stepper, size_t *count,
                             distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "stepper", stepper));
    stepper->asked = 0;
    for (size_t c = 0; c < stepper->r; c++) {
        if (stepper->chain[c].j == stepper->m) continue;
        stepper->asked += di_wls_chain_batch(&stepper->chain[c]);
        if (stepper->made[c] > di_wls_chain_limit(stepper->m))
            DI_TRY(di_fail(ctx, DISTEST_ECONV, "space",
                           "the features look linearly dependent or not orthonormal: "
                           "the determinantal chain found no further point."));
    }
    *count = stepper->asked;
done:
    return status;
}

int distest_wls_stepper_offer(distest_wls_stepper *stepper, size_t count,
                              const double *U, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "stepper", stepper));
    const size_t m = stepper->m;
    if (count != stepper->asked || count == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "count",
                       "%zu proposals were asked for, not %zu.", stepper->asked,
                       count));
    DI_TRY(di_check_finite(ctx, "features", count * m, U));
    stepper->taken = 0;
    size_t from = 0;
    for (size_t c = 0; c < stepper->r; c++) {
        di_wls_chain *chain = &stepper->chain[c];
        if (chain->j == m) continue;
        const size_t B = di_wls_chain_batch(chain);
        for (size_t i = 0; i < B; i++) {
            chain->coin[i] = di_stream_uniform(&stepper->stream[c]);
            for (size_t l = 0; l < m; l++)
                chain->U[l + i * m] = U[from + i + l * count];
        }
        di_wls_chain_unit(chain, B);
        const size_t took = di_wls_chain_offer(chain, B);
        for (size_t i = 0; i < took; i++) {
            stepper->copy[stepper->taken] = c;
            stepper->proposal[stepper->taken++] = from + chain->took[i];
        }
        stepper->made[c] += (double)B;
        from += B;
    }
    stepper->asked = 0;
done:
    di_blas_serial_leave();
    return status;
}

size_t distest_wls_stepper_taken(const distest_wls_stepper *stepper, size_t *proposal,
                                 size_t *copy)
{
    for (size_t i = 0; i < stepper->taken; i++) {
        if (proposal) proposal[i] = stepper->proposal[i];
        if (copy) copy[i] = stepper->copy[i];
    }
    return stepper->taken;
}
