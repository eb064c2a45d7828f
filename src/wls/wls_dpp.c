/* wls_dpp.c - exact projection determinantal point processes.
 *
 * By the chain rule, see wls_chain.c. In one dimension the polynomials up to a degree
 * have a shorter way: the points are eigenvalues of a random tridiagonal matrix
 * (Dumitriu and Edelman; Killip and Nenciu). */
#include "wls.h"

#include <math.h>
#include <string.h>

/* ---- points of the two measures
 * ------------------------------------------------------ */

void di_wls_draw_optimal(const distest_wls_space *s, di_stream *stream, double *x,
                         size_t ldx, size_t *index)
{
    if (s->N) {
        *index = di_alias_draw(s->N, s->alias_p[0], s->alias_i[0],
                               di_stream_uniform(stream));
        return;
    }
    const size_t j = di_stream_below(stream, s->m);
    for (size_t k = 0; k < s->d; k++)
        x[k * ldx] = di_wls_draw(s->basis[k], (size_t)s->idx[k + j * s->d], stream);
}

void di_wls_draw_reference(const distest_wls_space *s, di_stream *stream, double *x,
                           size_t ldx, size_t *index)
{
    if (s->N) {
        *index = di_alias_draw(s->N, s->alias_p[1], s->alias_i[1],
                               di_stream_uniform(stream));
        return;
    }
    for (size_t k = 0; k < s->d; k++) x[k * ldx] = di_wls_draw_mu(s->basis[k], stream);
}

/* ---- the tridiagonal way
 * ----------------------------------------------------------------- */

int di_wls_has_tridiagonal(const distest_wls_space *s)
{
    if (s->N || s->d != 1 || s->basis[0]->kind != WLS_POLYNOMIAL) return 0;
    return s->cols[0] == s->m; /* m different indices below m */
}

static int tridiagonal(const distest_wls_basis *b, size_t m, di_stream *s, double *x,
                       double *off)
{
    if (b->family == ROW_HERMITE) {
        for (size_t i = 0; i < m; i++) x[i] = di_stream_normal(s);
        for (size_t i = 0; i + 1 < m; i++)
            off[i] = sqrt(di_stream_gamma(s, (double)(m - 1 - i)));
    } else if (b->family == ROW_LAGUERRE) { /* T = L L', L lower bidiagonal */
        double below = 0;
        for (size_t i = 0; i < m; i++) {
            const double diag = di_stream_gamma(s, (double)(m - i) + b->ja);
            x[i] = diag + below;
            if (i + 1 == m) break;
            below = di_stream_gamma(s, (double)(m - 1 - i));
            off[i] = sqrt(diag * below);
        }
    } else { /* canonical moments: Beta variables xi, g_i = (1 - xi_{i-1}) xi_i */
        double before = 0, g = 0;
        for (size_t k = 1; k <= m; k++) {
            const double r = (double)(m - k);
            const double odd = di_stream_beta(s, r + b->jb + 1, r + b->ja + 1);
            const double g1 = (1 - before) * odd;
            x[k - 1] = g + g1;
            if (k == m) break;
            before = di_stream_beta(s, r, r + b->ja + b->jb + 1);
            g = (1 - odd) * before;
            off[k - 1] = sqrt(g1 * g);
        }
    }
    const int status = di_eigen_tridiag(NULL, m, x, off, NULL);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 0; i < m; i++) {
        const double t =
            b->family == ROW_HERMITE || b->family == ROW_LAGUERRE ? x[i] : 2 * x[i] - 1;
        x[i] = t / b->scale + b->shift;
        if (x[i] < b->low) x[i] = b->low;
        if (x[i] > b->high) x[i] = b->high;
    }
    for (size_t i = m; i > 1; i--) {
        const size_t j = di_stream_below(s, i);
        const double t = x[i - 1];
        x[i - 1] = x[j], x[j] = t;
    }
    return DISTEST_SUCCESS;
}

int distest_wls_tridiagonal(const distest_wls_basis *basis, size_t m, distest_rng *rng,
                            double *x, distest_context *ctx)
{
    double *off = NULL, *diag = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "basis", basis));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    if (basis->kind != WLS_POLYNOMIAL || m == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, m ? "basis" : "m",
                       "the tridiagonal sampler needs a classical polynomial basis and "
                       "at least one point."));
    DI_TRY(DI_NEW(ctx, &pool, &off, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &diag, m, 1));
    di_stream s = di_stream_open(di_rng_key(rng), 0);
    DI_TRY(tridiagonal(basis, m, &s, diag, off));
    memcpy(x, diag, m * sizeof(double));
done:
    di_pool_free(&pool);
    return status;
}

/* ---- one DPP of a space --------------------------------------------------------- */

static size_t space_columns(const distest_wls_space *s)
{
    return s->d ? s->d : 1;
}

size_t di_wls_dpp_work(const distest_wls_space *s)
{
    const size_t m = s->m;
    if (di_wls_has_tridiagonal(s)) return 2 * m;
    return di_wls_chain_work(m) + m * WLS_BLOCK + (space_columns(s) + 1) * WLS_BLOCK +
           di_wls_features_work(s);
}

/* B proposals from the optimal measure with their features, one column each, and the
 * uniform number each is to be accepted by */
typedef struct {
    const distest_wls_space *s;
    double *block, *x, *work; /* features by rows; points */
    size_t *index;
} proposer;

static void propose(const proposer *p, di_stream *stream, size_t B, di_wls_chain *c)
{
    const size_t m = c->m;
    for (size_t i = 0; i < B; i++) {
        di_wls_draw_optimal(p->s, stream, p->x + i, WLS_BLOCK, p->index + i);
        c->coin[i] = di_stream_uniform(stream);
    }
    if (p->s->N) {
        for (size_t i = 0; i < B; i++)
            memcpy(c->U + i * m, p->s->phi + p->index[i] * m, m * sizeof(double));
        di_wls_chain_unit(c, B);
        return;
    }
    di_wls_features_block(p->s, B, p->x, WLS_BLOCK, 1, p->block, WLS_BLOCK, NULL, NULL,
                          0, p->work);
    for (size_t l0 = 0; l0 < m; l0 += 16)
        for (size_t i = 0; i < B; i++)
            for (size_t l = l0; l < l0 + 16 && l < m; l++)
                c->U[l + i * m] = p->block[i + l * WLS_BLOCK];
}

int di_wls_dpp(const distest_wls_space *s, di_stream *stream, double *x, size_t ldx,
               size_t *index, double *work, double *proposals, di_wls_team *team,
               int thread)
{
    const size_t m = s->m;
    if (di_wls_has_tridiagonal(s)) {
        const int status = tridiagonal(s->basis[0], m, stream, work, work + m);
        if (status == DISTEST_SUCCESS) memcpy(x, work, m * sizeof(double));
        return status;
    }
    di_wls_chain c;
    double made = 0;
    di_wls_chain_begin(&c, m, work);
    c.team = team, c.thread = thread;
    work += di_wls_chain_work(m);
    proposer p = {s, work, work + m * WLS_BLOCK, NULL, NULL};
    p.index = (size_t *)(void *)(p.x + space_columns(s) * WLS_BLOCK);
    p.work = p.x + (space_columns(s) + 1) * WLS_BLOCK; /* size_t is a double at most */
    while (c.j < m) {
        const size_t B = di_wls_chain_batch(&c);
        if (made > di_wls_chain_limit(m)) return DISTEST_ECONV;
        if (di_wls_stop(team, thread)) return DISTEST_ECANCEL;
        propose(&p, stream, B, &c);
        made += (double)B;
        size_t at = c.j;
        const size_t took = di_wls_chain_offer(&c, B);
        for (size_t i = 0; i < took; i++, at++) {
            if (s->N)
                index[at] = p.index[c.took[i]];
            else
                for (size_t k = 0; k < s->d; k++)
                    x[at + k * ldx] = p.x[c.took[i] + k * WLS_BLOCK];
        }
    }
    *proposals += made;
    return DISTEST_SUCCESS;
}
