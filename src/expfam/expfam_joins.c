/* expfam_joins.c - the contractions of third and fourth cumulants on the states of
 * discrete variables, without going through the states one by one.
 *
 * Third moments are looked up among the means of products and rotated as a tensor. A
 * quadratic form (xi - eta)'A(xi - eta) is a sum of products with coefficients A_ab on
 * the product of a and b: one transform gives its values in all states. */
#include "expfam.h"

#include <string.h>

/* q: values in all states of the form with the symmetric matrix A */
static void form_values(const di_expfam_nodes *nodes, const double *A,
                        const double *eta, double *q)
{
    const di_expfam_states *s = nodes->states;
    const size_t p = nodes->p;
    memset(q, 0, nodes->m * sizeof *q);
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a <= b; a++) {
            const double c = (a == b ? 1 : 2) * A[a + b * p];
            const size_t both = di_expfam_states_join(s, s->code[a], s->code[b]);
            if (both != SIZE_MAX) q[both] += c;
            q[s->code[a]] -= c * eta[b];
            q[s->code[b]] -= c * eta[a];
            q[0] += c * eta[a] * eta[b];
        }
    di_expfam_states_values(s, nodes->m, q);
}

/* A = B diag(l) B', l NULL for ones; E of the squared form */
static double squared_form(const di_expfam_nodes *nodes, const double *prob,
                           const double *eta, const double *B, const double *l,
                           double *scaled, double *A, double *q)
{
    const size_t p = nodes->p;
    double sum = 0;
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++)
            scaled[a + b * p] = B[a + b * p] * (l ? l[b] : 1);
    di_gemm('N', 'T', p, p, p, 1, scaled, p, B, p, 0, A, p);
    form_values(nodes, A, eta, q);
    for (size_t i = 0; i < nodes->m; i++) sum += prob[i] * q[i] * q[i];
    return sum;
}

/* central third moments from moments z of products */
static void third_moments(const di_expfam_nodes *nodes, const double *z, double *S)
{
    const di_expfam_states *s = nodes->states;
    const size_t p = nodes->p;
    for (size_t c = 0; c < p; c++)
        for (size_t b = 0; b <= c; b++) {
            const size_t bc = di_expfam_states_join(s, s->code[b], s->code[c]);
            const double eb = z[s->code[b]], ec = z[s->code[c]],
                         mbc = bc == SIZE_MAX ? 0 : z[bc];
            for (size_t a = 0; a <= b; a++) {
                const size_t ab = di_expfam_states_join(s, s->code[a], s->code[b]),
                             ac = di_expfam_states_join(s, s->code[a], s->code[c]),
                             abc = bc == SIZE_MAX
                                       ? SIZE_MAX
                                       : di_expfam_states_join(s, s->code[a], bc);
                const double ea = z[s->code[a]], mab = ab == SIZE_MAX ? 0 : z[ab],
                             mac = ac == SIZE_MAX ? 0 : z[ac];
                const double v = (abc == SIZE_MAX ? 0 : z[abc]) - mab * ec - mac * eb -
                                 mbc * ea + 2 * ea * eb * ec;
                S[a + p * (b + p * c)] = S[a + p * (c + p * b)] =
                    S[b + p * (a + p * c)] = S[b + p * (c + p * a)] =
                        S[c + p * (a + p * b)] = S[c + p * (b + p * a)] = v;
            }
        }
}

DISTEST_STATUS di_expfam_contract_states(distest_context *ctx,
                                         const di_expfam_nodes *nodes,
                                         const double *prob, const di_expfam_frame *r,
                                         di_expfam_sums *out, double *tilt)
{
    const size_t p = nodes->p, m = nodes->m, p2 = p * p;
    di_pool pool = {NULL};
    double *z = NULL, *eta = NULL, *A = NULL, *T = NULL, *S = NULL, trace = 0,
           square = 0;
    int status = DISTEST_SUCCESS;
    memset(out, 0, sizeof *out);
    DI_TRY(DI_NEW(ctx, &pool, &z, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &eta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &A, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &T, p2, p));
    DI_TRY(DI_NEW(ctx, &pool, &S, p2, p));
    memcpy(z, prob, m * sizeof *z);
    di_expfam_states_moments(nodes->states, m, z);
    for (size_t a = 0; a < p; a++) {
        eta[a] = z[nodes->states->code[a]];
        trace += r->l[a];
        square += r->l[a] * r->l[a];
    }
    third_moments(nodes, z, S);
    DI_TRY(di_progress(ctx, 0.2, "third cumulants"));
    di_expfam_rotate(p, 3, S, r->B, T);
    DI_TRY(di_progress(ctx, 0.6, "fourth cumulants"));
    for (size_t c = 0; c < p; c++) {
        double one = 0;
        tilt[c] = 0;
        for (size_t a = 0; a < p; a++) {
            tilt[c] += r->l[a] * S[a + p * (a + p * c)];
            one += S[a + p * (a + p * c)];
        }
        out->t2a += tilt[c] * tilt[c];
        out->rho13 += one * one;
    }
    const double e2 = squared_form(nodes, prob, eta, r->B, r->l, T, A, z),
                 r2 = squared_form(nodes, prob, eta, r->B, NULL, T, A, z);
    out->t3 = 3 * (e2 - trace * trace - 2 * square);
    out->rho4 = r2 - (double)p * (double)p - 2 * (double)p;
    DI_TRY(di_expfam_contract_slices(ctx, 0, p, NULL, NULL, S, r, out));
done:
    di_pool_free(&pool);
    return status;
}
