/* expfam_nodes.c - families whose log partition is a sum over nodes: what they share,
 * and finite supports.
 *
 * Everything is computed about a centre (the mean of the data): Psi(theta) - theta'c
 * has no large terms to cancel, so shifts and scales of the statistics cost no digits.
 */
#include "expfam.h"

#include <string.h>

DISTEST_STATUS di_expfam_nodes_at(const distest_expfam_family *f, const double *theta,
                                  di_pool *pool, di_expfam_nodes *out,
                                  distest_context *ctx)
{
    *out = f->fixed;
    return f->row->nodes ? f->row->nodes(f, theta, pool, out, ctx) : DISTEST_SUCCESS;
}

double di_expfam_node_prob(const di_expfam_nodes *nodes, const double *theta,
                           const double *centre, double *prob)
{
    const size_t m = nodes->m;
    double top = -INFINITY, sum = 0, shift = 0;
    for (size_t i = 0; i < m; i++) prob[i] = nodes->logw ? nodes->logw[i] : 0;
    if (nodes->states) {
        for (size_t a = 0; a < nodes->p; a++) {
            prob[nodes->states->code[a]] += theta[a];
            shift += centre ? theta[a] * centre[a] : 0;
        }
        di_expfam_states_values(nodes->states, m, prob);
    }
    for (size_t a = 0; !nodes->states && a < nodes->p; a++) {
        const double t = theta[a], c = centre ? centre[a] : 0, *col = nodes->xi + a * m;
        if (t != 0)
            for (size_t i = 0; i < m; i++) prob[i] += t * (col[i] - c);
    }
    for (size_t i = 0; i < m; i++) top = fmax(top, prob[i]);
    if (!isfinite(top)) return NAN;
    for (size_t i = 0; i < m; i++) prob[i] -= top;
    di_vexp(m, prob, prob);
    for (size_t i = 0; i < m; i++) sum += prob[i];
    for (size_t i = 0; i < m; i++) prob[i] /= sum;
    return top + log(sum) - shift;
}

size_t di_expfam_node_scratch(const di_expfam_nodes *nodes)
{
    return nodes->states ? nodes->m : nodes->m * nodes->p;
}

void di_expfam_node_rows(const di_expfam_nodes *nodes, size_t i0, size_t rows,
                         const double *centre, double *out, size_t ld)
{
    const di_expfam_states *s = nodes->states;
    for (size_t a = 0; a < nodes->p; a++)
        for (size_t i = 0; i < rows; i++)
            out[i + a * ld] = (s ? di_expfam_states_value(s, i0 + i, s->code[a])
                                 : nodes->xi[i0 + i + a * nodes->m]) -
                              (centre ? centre[a] : 0);
}

/* every moment of products from one transform, every covariance by looking up */
static void state_moments(const di_expfam_nodes *nodes, const double *centre,
                          const double *prob, double *grad, double *hess,
                          double *scratch)
{
    const di_expfam_states *s = nodes->states;
    const size_t p = nodes->p;
    /* who has states has asked for scratch; cppcheck thinks of those without both */
    /* cppcheck-suppress ctunullpointer */
    memcpy(scratch, prob, nodes->m * sizeof *prob);
    di_expfam_states_moments(s, nodes->m, scratch);
    for (size_t b = 0; hess && b < p; b++)
        for (size_t a = 0; a <= b; a++) {
            const size_t both = di_expfam_states_join(s, s->code[a], s->code[b]);
            hess[a + b * p] = hess[b + a * p] =
                (both == SIZE_MAX ? 0 : scratch[both]) -
                scratch[s->code[a]] * scratch[s->code[b]];
        }
    for (size_t a = 0; a < p; a++)
        grad[a] = scratch[s->code[a]] - (centre ? centre[a] : 0);
}

void di_expfam_node_moments(const di_expfam_nodes *nodes, const double *centre,
                            const double *prob, double *grad, double *hess,
                            double *scratch)
{
    const size_t m = nodes->m, p = nodes->p;
    if (nodes->states) {
        state_moments(nodes, centre, prob, grad, hess, scratch);
        return;
    }
    for (size_t a = 0; a < p; a++) {
        const double c = centre ? centre[a] : 0, *col = nodes->xi + a * m;
        double s[8] = {0};
        size_t i = 0;
        for (; i + 8 <= m; i += 8)
            for (size_t k = 0; k < 8; k++) s[k] += prob[i + k] * (col[i + k] - c);
        for (; i < m; i++) s[0] += prob[i] * (col[i] - c);
        grad[a] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
        if (hess)
            for (size_t r = 0; r < m; r++)
                scratch[r + a * m] = sqrt(prob[r]) * (col[r] - c - grad[a]);
    }
    if (!hess) return;
    di_blas_serial_enter();
    di_syrk('L', 'T', p, m, 1, scratch, m, 0, hess, p);
    di_blas_serial_leave();
    di_symmetrize('L', p, hess, p);
}

/* ---- statistics given as data */
static int given_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    *base = 0;
    for (size_t a = 0; a < f->p; a++) {
        xi[a] = x[a * ld];
        if (!isfinite(xi[a])) return 0;
    }
    return 1;
}

/* ---- categorical */
static int categorical_setup(distest_expfam_family *f, distest_context *ctx)
{
    const size_t k = f->ipar[0];
    int status = DISTEST_SUCCESS;
    if (k < 2 || k > 5000)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The number of levels must be from 2 to 5000, not %zu.", k);
    f->d = 1;
    f->p = k - 1;
    f->usual = k;
    f->finite = 1;
    f->fixed.m = k;
    f->fixed.p = f->p;
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.xi, k, k - 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.x, k, 1));
    for (size_t j = 0; j < k - 1; j++)
        for (size_t i = 0; i < k; i++) f->fixed.xi[i + j * k] = i == j + 1;
    for (size_t i = 0; i < k; i++) f->fixed.x[i] = (double)(i + 1);
done:
    return status;
}

static int categorical_stats(const distest_expfam_family *f, const double *x, size_t ld,
                             double *xi, double *base)
{
    (void)ld;
    *base = 0;
    for (size_t j = 0; j < f->p; j++) xi[j] = x[0] == (double)(j + 2);
    return x[0] >= 1 && x[0] <= (double)(f->p + 1) && x[0] == floor(x[0]);
}

static int categorical_mle(const distest_expfam_family *f, const double *mean,
                           double *th, distest_context *ctx)
{
    double first = 1;
    for (size_t j = 0; j < f->p; j++) first -= mean[j];
    for (size_t j = 0; j < f->p; j++)
        if (!(mean[j] > 0))
            return di_fail(ctx, DISTEST_ENOMLE, "mean",
                           "No maximum exists: level %zu was not observed.", j + 2);
    if (!(first > 1e-15))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: level 1 was not observed.");
    for (size_t j = 0; j < f->p; j++) th[j] = log(mean[j] / first);
    return DISTEST_SUCCESS;
}

static void categorical_usual(const distest_expfam_family *f, const double *th,
                              double *par)
{
    double top = 0, sum = 0;
    for (size_t j = 0; j < f->p; j++) top = fmax(top, th[j]);
    par[0] = exp(-top);
    for (size_t j = 0; j < f->p; j++) par[j + 1] = exp(th[j] - top);
    for (size_t j = 0; j <= f->p; j++) sum += par[j];
    for (size_t j = 0; j <= f->p; j++) par[j] /= sum;
}

static int categorical_natural(const distest_expfam_family *f, const double *par,
                               double *th)
{
    for (size_t j = 0; j <= f->p; j++)
        if (!(par[j] > 0 && par[j] < INFINITY)) return 0;
    for (size_t j = 0; j < f->p; j++) th[j] = log(par[j + 1] / par[0]);
    return 1;
}

const di_expfam_row di_expfam_noded[] = {
    {.name = "nodes",
     .way = EXPFAM_NODES,
     .npar = SIZE_MAX,
     .nipar = SIZE_MAX,
     .stats = given_stats},
    {.name = "categorical",
     .way = EXPFAM_NODES,
     .nipar = 1,
     .setup = categorical_setup,
     .stats = categorical_stats,
     .mle = categorical_mle,
     .to_usual = categorical_usual,
     .from_usual = categorical_natural},
    {.name = NULL},
};
