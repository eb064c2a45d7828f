/* wls_dpp.c - exact projection determinantal point processes.
 *
 * By the chain rule point j + 1 has density |(I - QQ')phi(x)|^2 / (m - j), Q an
 * orthonormal basis of the features of the points so far. Proposals come from the
 * optimal measure k/m, so that a proposal with normalised feature u is accepted with
 * probability |u - QQ'u|^2: m (log m + 0.58) of them on average, whatever the measure.
 * They are made in batches whose size depends on m and j alone. Directions are worked
 * off in chunks, and a proposal whose residual has fallen below its own uniform number
 * is dropped; those not yet scanned when a point is accepted stay valid after one more
 * projection. In one dimension the polynomials up to a degree have a shorter way: the
 * points are eigenvalues of a random tridiagonal matrix (Dumitriu and Edelman;
 * Killip and Nenciu). */
#include "wls.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 64, MOST = WLS_BLOCK };

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

enum {
    LEGENDRE,
    CHEBYSHEV,
    JACOBI,
    HERMITE,
    LAGUERRE
}; /* rows of the table of types */

int di_wls_has_tridiagonal(const distest_wls_space *s)
{
    if (s->N || s->d != 1 || s->basis[0]->kind != WLS_POLYNOMIAL) return 0;
    return s->cols[0] == s->m; /* m different indices below m */
}

static int tridiagonal(const distest_wls_basis *b, size_t m, di_stream *s, double *x,
                       double *off)
{
    if (b->family == HERMITE) {
        for (size_t i = 0; i < m; i++) x[i] = di_stream_normal(s);
        for (size_t i = 0; i + 1 < m; i++)
            off[i] = sqrt(di_stream_gamma(s, (double)(m - 1 - i)));
    } else if (b->family == LAGUERRE) { /* T = L L', L lower bidiagonal */
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
            b->family == HERMITE || b->family == LAGUERRE ? x[i] : 2 * x[i] - 1;
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

/* ---- the chain
 * ------------------------------------------------------------------------- */

typedef struct {
    const distest_wls_space *s;
    di_stream *stream;
    size_t m, j; /* functions, points so far */
    double *Q;   /* m x m */
    double *U;   /* m x MOST: features of the proposals, one column each */
    double *C;   /* CHUNK x MOST: Q'U of a chunk */
    double *res, *coin, *v, *c, *x, *block, *work;
    size_t *index, *alive;
} chain;

static size_t space_columns(const distest_wls_space *s)
{
    return s->d ? s->d : 1;
}

size_t di_wls_dpp_work(const distest_wls_space *s)
{
    const size_t m = s->m;
    if (di_wls_has_tridiagonal(s)) return 2 * m;
    return m * m + 2 * m * MOST + CHUNK * MOST + 2 * MOST + 2 * m +
           space_columns(s) * MOST + 2 * MOST + di_wls_features_work(s);
}

static void lay_out(chain *c, double *work)
{
    const size_t m = c->m;
    c->Q = work, c->U = c->Q + m * m, c->block = c->U + m * MOST;
    c->C = c->block + m * MOST, c->res = c->C + CHUNK * MOST, c->coin = c->res + MOST;
    c->v = c->coin + MOST, c->c = c->v + m, c->x = c->c + m;
    c->index = (size_t *)(void *)(c->x + space_columns(c->s) * MOST);
    c->alive = c->index + MOST; /* size_t is no wider than double */
    c->work = c->x + space_columns(c->s) * MOST + 2 * MOST;
}

/* B proposals from the optimal measure, each with its feature and its uniform number */
static void propose(chain *c, size_t B)
{
    const size_t m = c->m;
    for (size_t i = 0; i < B; i++) {
        di_wls_draw_optimal(c->s, c->stream, c->x + i, MOST, c->index + i);
        c->coin[i] = di_stream_uniform(c->stream);
        c->res[i] = 1;
        c->alive[i] = i;
    }
    if (c->s->N) {
        for (size_t i = 0; i < B; i++) {
            const double *f = c->s->phi + c->index[i] * m;
            const double scale = 1 / sqrt(di_dot(m, f, f));
            for (size_t l = 0; l < m; l++) c->U[l + i * m] = scale * f[l];
        }
        return;
    }
    di_wls_features_block(c->s, B, c->x, MOST, 1, c->block, MOST, NULL, NULL, 0,
                          c->work);
    for (size_t l0 = 0; l0 < m; l0 += 16)
        for (size_t i = 0; i < B; i++)
            for (size_t l = l0; l < l0 + 16 && l < m; l++)
                c->U[l + i * m] = c->block[i + l * MOST];
}

/* res_i = |u_i|^2 - |Q'u_i|^2, chunk by chunk; those below their coin are dropped, the
 * others move to the front. Returns how many are left. */
static size_t project(chain *c, size_t B)
{
    const size_t m = c->m;
    size_t left = B;
    for (size_t q0 = 0; q0 < c->j && left; q0 += CHUNK) {
        const size_t q = c->j - q0 < CHUNK ? c->j - q0 : CHUNK;
        size_t kept = 0;
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

/* v = u - QQ'u, twice; its squared length, the exact residual */
static double residual(chain *c, const double *u)
{
    const size_t m = c->m;
    double r = 1;
    memcpy(c->v, u, m * sizeof(double));
    for (int pass = 0; pass < 2 && c->j; pass++) {
        di_gemv('T', m, c->j, 1, c->Q, m, c->v, 0, c->c);
        di_gemv('N', m, c->j, -1, c->Q, m, c->c, 1, c->v);
        const double before = r;
        r = di_dot(m, c->v, c->v);
        if (r > 0.5 * before) break; /* nothing was lost */
    }
    return di_dot(m, c->v, c->v);
}

static void write_point(const chain *c, size_t at, double *x, size_t ldx, size_t *index)
{
    if (c->s->N)
        index[c->j] = c->index[at];
    else
        for (size_t k = 0; k < c->s->d; k++) x[c->j + k * ldx] = c->x[at + k * MOST];
}

/* Scans the `left` proposals in order; an accepted one becomes a direction and lowers
 * the residuals of those behind it. */
static void scan(chain *c, size_t left, double *x, size_t ldx, size_t *index)
{
    const size_t m = c->m;
    for (size_t i = 0; i < left && c->j < m; i++) {
        if (!(c->coin[i] < c->res[i])) continue;
        const double r = residual(c, c->U + i * m);
        if (!(c->coin[i] < r) || r <= 1e-14) continue;
        double *q = c->Q + c->j * m;
        for (size_t l = 0; l < m; l++) q[l] = c->v[l] / sqrt(r);
        write_point(c, c->alive[i], x, ldx, index);
        c->j++;
        const size_t rest = left - i - 1;
        if (rest == 0 || c->j == m) continue;
        di_gemv('T', m, rest, 1, c->U + (i + 1) * m, m, q, 0, c->C);
        for (size_t l = 0; l < rest; l++) c->res[i + 1 + l] -= c->C[l] * c->C[l];
    }
}

int di_wls_dpp(const distest_wls_space *s, di_stream *stream, double *x, size_t ldx,
               size_t *index, double *work, double *proposals, di_wls_team *team,
               int thread)
{
    const size_t m = s->m;
    (void)ldx;
    if (di_wls_has_tridiagonal(s)) {
        const int status = tridiagonal(s->basis[0], m, stream, work, work + m);
        if (status == DISTEST_SUCCESS) memcpy(x, work, m * sizeof(double));
        return status;
    }
    chain c = {.s = s, .stream = stream, .m = m};
    const double limit = 200 * (double)m * (log((double)m) + 1) + 1000;
    double made = 0;
    lay_out(&c, work);
    while (c.j < m) {
        size_t B = 2 * m / (m - c.j);
        B = B < 32 ? 32 : B > MOST ? MOST : B;
        if (made > limit) return DISTEST_ECONV;
        if (di_wls_stop(team, thread)) return DISTEST_ECANCEL;
        propose(&c, B);
        made += (double)B;
        scan(&c, project(&c, B), x, ldx, index);
    }
    *proposals += made;
    return DISTEST_SUCCESS;
}
