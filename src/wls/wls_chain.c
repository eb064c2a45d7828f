/* wls_chain.c - the chain rule of a projection determinantal process, whoever makes the
 * proposals; and the stepper, for proposals whose features the caller evaluates.
 *
 * Point j + 1 has density |(I - QQ')phi(x)|^2 / (m - j), Q an orthonormal basis of the
 * features of the points so far. Proposals come from the optimal measure k/m, so that a
 * proposal with normalised feature u is accepted with probability |u - QQ'u|^2:
 * m (log m + 0.58) of them on average, whatever the measure. They are made in batches
 * whose size depends on m and j alone. Directions are worked off in chunks, and a
 * proposal whose residual has fallen below its own uniform number is dropped; those not
 * yet scanned when a point is accepted stay valid after one more projection. */
#include "wls.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 64, LEAST = 32 };

/* the largest batch: 2 m for the last point, within limits */
static size_t most(size_t m)
{
    return 2 * m < LEAST ? LEAST : 2 * m < WLS_BLOCK ? 2 * m : WLS_BLOCK;
}

size_t di_wls_chain_work(size_t m)
{
    return m * m + 2 * m + (m + CHUNK + 4) * most(m);
}

void di_wls_chain_begin(di_wls_chain *c, size_t m, double *work)
{
    const size_t B = most(m);
    *c = (di_wls_chain){.m = m, .Q = work};
    c->U = c->Q + m * m, c->C = c->U + m * B, c->res = c->C + CHUNK * B;
    c->coin = c->res + B, c->v = c->coin + B, c->c = c->v + m;
    c->alive = (size_t *)(void *)(c->c + m); /* size_t is no wider than double */
    c->took = c->alive + B;
}

size_t di_wls_chain_batch(const di_wls_chain *c)
{
    const size_t B = 2 * c->m / (c->m - c->j);
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

/* res_i = |u_i|^2 - |Q'u_i|^2, chunk by chunk; those below their coin are dropped, the
 * others move to the front. Returns how many are left. */
static size_t project(di_wls_chain *c, size_t B)
{
    const size_t m = c->m;
    size_t left = B;
    for (size_t q0 = 0; q0 < c->j && left; q0 += CHUNK) {
        const size_t q = c->j - q0 < CHUNK ? c->j - q0 : CHUNK;
        size_t kept = 0;
        if (c->team && di_wls_stop(c->team, c->thread)) return 0;
        di_gemm('T', 'N', q, left, m, 1, c->Q + q0 * m, m, c->U, m, 0, c->C, CHUNK);
        for (size_t i = 0; i < left; i++) {
            const double r = c->res[i] - di_dot(q, c->C + i * CHUNK, c->C + i * CHUNK);
            if (!(c->coin[i] < r)) continue;
            c->res[kept] = r, c->coin[kept] = c->coin[i], c->alive[kept] = c->alive[i];
            if (kept != i) memcpy(c->U + kept * m, c->U + i * m, m * sizeof(double));
            kept++;
        }
        left = kept;
    }
    return left;
}

/* v = u - QQ'u, twice where digits were lost; its squared length, the exact residual */
static double residual(di_wls_chain *c, const double *u)
{
    const size_t m = c->m;
    double r = 1;
    memcpy(c->v, u, m * sizeof(double));
    for (int pass = 0; pass < 2 && c->j; pass++) {
        di_gemv('T', m, c->j, 1, c->Q, m, c->v, 0, c->c);
        di_gemv('N', m, c->j, -1, c->Q, m, c->c, 1, c->v);
        const double before = r;
        r = di_dot(m, c->v, c->v);
        if (r > 0.5 * before) break;
    }
    return di_dot(m, c->v, c->v);
}

size_t di_wls_chain_offer(di_wls_chain *c, size_t B)
{
    const size_t m = c->m;
    size_t took = 0;
    for (size_t i = 0; i < B; i++) c->res[i] = 1, c->alive[i] = i;
    const size_t left = project(c, B);
    for (size_t i = 0; i < left && c->j < m; i++) {
        if (!(c->coin[i] < c->res[i])) continue;
        if (c->team && di_wls_stop(c->team, c->thread)) break;
        const double r = residual(c, c->U + i * m);
        if (!(c->coin[i] < r) || r <= 1e-14) continue;
        double *q = c->Q + c->j * m;
        for (size_t l = 0; l < m; l++) q[l] = c->v[l] / sqrt(r);
        c->took[took++] = c->alive[i];
        c->j++;
        const size_t rest = left - i - 1;
        if (rest == 0 || c->j == m) continue;
        di_gemv('T', m, rest, 1, c->U + (i + 1) * m, m, q, 0, c->C);
        for (size_t l = 0; l < rest; l++) c->res[i + 1 + l] -= c->C[l] * c->C[l];
    }
    return took;
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
