/* kde_screen.c - where a tolerance is allowed, a look in single precision first.
 *
 * An exponent from products of floats is wrong by at most
 *
 *     eta = (d + 8) 2^-24 (|y| + |z|)^2 / 2 + what log w_i adds, in units of the
 * kernel.
 *
 * Terms within `depth` of the largest so far are computed again in double; all others
 * together are below n exp(-depth) of the sum, and stay: depth is such that their
 * error is below half of the tolerance. What is below (tol / 2) / n of the largest is
 * left out: the other half. Rows decide for themselves; but a product of floats may
 * depend on the place of a row in its last bits, and with it digits of the value below
 * the tolerance. */
#include "kde.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../kde/kde_screen_kernel.h"
#include "isa.h"

enum { LEAST_D = 128, MOST = PANEL / 8 };

struct di_kde_screen {
    float *y, *b; /* panels of PANEL x d times inv; log w_i - |y|^2 inv^2 / 2 */
    double logw;  /* largest |log w_i| */
    double logn;
};

static double error_of(const di_kde_screen *s, const di_kde_plan *p, double norm)
{
    const double R = (norm + p->ymax) * p->inv;
    return 0x1p-24 * (0.5 * ((double)p->d + 8) * R * R + 2 * s->logw);
}

static double depth_of(const di_kde_screen *s, const di_kde_plan *p, double eta)
{
    return s->logn + log(2 * expm1(2 * eta) / p->tol) + 2 * eta;
}

/* Would few terms be computed again? Some points against the first panel. */
static int pays(const di_kde_plan *p, const di_kde_screen *s)
{
    enum { TRIES = 9 };
    const double depth = depth_of(s, p, error_of(s, p, p->ymax));
    const size_t rows = p->n < PANEL ? p->n : PANEL;
    int few = 0;
    for (size_t t = 0; t < TRIES; t++) {
        const size_t i = t * p->n / TRIES;
        const double *z = p->y + i / PANEL * PANEL * p->d + i % PANEL;
        double D[PANEL], least = INFINITY;
        size_t count = 0;
        di_kde_differences(p->d, p->y, z, PANEL, D);
        for (size_t j = 0; j < rows; j++)
            if (j != i && D[j] < least) least = D[j];
        for (size_t j = 0; j < rows; j++)
            count += j != i && 0.5 * p->inv * p->inv * (D[j] - least) < depth;
        few += count < MOST;
    }
    return 2 * few > TRIES;
}

int di_kde_screen_new(distest_context *ctx, di_pool *pool, const di_kde_pass *pass,
                      di_kde_screen **of)
{
    const di_kde_plan *p = pass->plan;
    const size_t N = p->panels * PANEL, d = p->d;
    int status = DISTEST_SUCCESS;
    di_kde_screen *s;
    *of = NULL;
    if (!(p->tol > 0) || d < LEAST_D || p->direct || p->a2 || p->low || p->bounded ||
        pass->want || pass->k || !pass->at || p->method != DISTEST_KDE_AUTO)
        return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &s, 1, 1));
    *s = (di_kde_screen){.logn = log((double)p->n)};
    for (size_t i = 0; i < p->n; i++) s->logw = fmax(s->logw, fabs(p->logw[i]));
    if (error_of(s, p, p->ymax) > 0.5 || !pays(p, s)) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &s->y, N, d));
    DI_TRY(DI_NEW(ctx, pool, &s->b, N, 1));
    for (size_t i = 0; i < N * d; i++) s->y[i] = (float)(p->y[i] * p->inv);
    for (size_t i = 0; i < N; i++)
        s->b[i] = (float)(p->logw[i] - 0.5 * (p->yy[i] * p->inv) * p->inv);
    *of = s;
done:
    return status;
}

/* the terms of a row that may count, in double; what is left of the floats is summed */
static void add_row(const di_kde_screen *s, const di_kde_plan *p, size_t panel,
                    const double *z, double eta, double depth, float most, float *a,
                    di_kde_state *q)
{
    const double *y = p->y + panel * PANEL * p->d, *logw = p->logw + panel * PANEL;
    const double drop = s->logn - log(0.5 * p->tol);
    if (most < q->M - drop - 2 * eta) return;
    const double top = fmax(q->M, (double)most - eta);
    const float limit = (float)(top - depth);
    size_t again[MOST];
    double term[MOST];
    size_t count = 0;
    double M = q->M;
    for (size_t i = 0; i < PANEL && count <= MOST; i += 16) {
        if (!DI_PICK(screen_above)(a + i, limit)) continue;
        for (size_t l = i; l < i + 16; l++)
            if (a[l] > limit) {
                if (count == MOST) {
                    count++;
                    break;
                }
                again[count++] = l;
            }
    }
    if (count > MOST) { /* the whole panel */
        double D[PANEL], all[PANEL];
        di_kde_differences(p->d, y, z, TILE, D);
        const double at = di_kde_terms(p, panel, D, z, SIZE_MAX, 0, all);
        if (at > M) M = at;
        q->S0 = q->S0 > 0 ? q->S0 * exp(q->M - M) : 0;
        q->M = M;
        di_kde_shares(all, M, D);
        q->S0 += di_sum(PANEL, D);
        return;
    }
    for (size_t c = 0; c < count; c++) {
        const size_t i = again[c];
        double D = 0;
        for (size_t k = 0; k < p->d; k++) {
            const double t = y[i + k * PANEL] - z[k * TILE];
            D += t * t;
        }
        term[c] = logw[i] - 0.5 * (D * p->inv) * p->inv;
        M = fmax(M, term[c]);
        a[i] = -INFINITY;
    }
    if (M == -INFINITY) return;
    q->S0 = q->S0 > 0 ? q->S0 * exp(q->M - M) : 0;
    q->M = M;
    for (size_t c = 0; c < count; c++) q->S0 += exp(term[c] - M);
    q->S0 += DI_PICK(screen_sum)(a, M);
}

void di_kde_screen_panel(const di_kde_screen *s, const di_kde_plan *p, size_t panel,
                         size_t rows, const double *z, const double *zz,
                         const float *zf, float *G, di_kde_state *state)
{
    di_sgemm('N', 'T', PANEL, TILE, p->d, 1, s->y + panel * PANEL * p->d, PANEL, zf,
             TILE, 0, G, PANEL);
    for (size_t j = 0; j < rows; j++) {
        float *a = G + j * PANEL;
        const double eta = error_of(s, p, sqrt(zz[j]));
        const float most = DI_PICK(screen_terms)(
            s->b + panel * PANEL, (float)(0.5 * (zz[j] * p->inv) * p->inv), a);
        add_row(s, p, panel, z + j, eta, depth_of(s, p, eta), most, a, &state[j]);
    }
}
