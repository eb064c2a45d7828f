/* wls_space.c - spaces: tensor products over a set of multi-indices. */
#include "wls.h"

#include <math.h>
#include <string.h>

static int check_indices(size_t d, const distest_wls_basis *const *bases, size_t m,
                         const int *idx, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "indices", idx));
    if (m == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "indices", "`indices` has no rows."));
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < m; j++) {
            const int a = idx[j + k * m];
            if (a < 0 || (size_t)a >= bases[k]->size)
                DI_TRY(di_fail(ctx, DISTEST_EINVAL, "indices",
                               "`indices[%zu, %zu]` must lie between 0 and %zu, not "
                               "%d.",
                               j + 1, k + 1, bases[k]->size - 1, a));
        }
done:
    return status;
}

/* parents by search; a coordinate whose first function is no constant always counts */
static int set_parents(distest_wls_space *s, distest_context *ctx)
{
    const size_t d = s->d, m = s->m;
    size_t *at = NULL, *other = NULL;
    int *key = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS, skip = 1;
    DI_TRY(DI_NEW(ctx, &pool, &at, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &other, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &key, d, 1));
    for (size_t i = 0; i < m; i++) at[i] = i;
    di_wls_sort_rows(s->idx, d, m, at, other);
    for (size_t i = 1; i < m; i++)
        if (di_wls_compare_rows(s->idx + at[i - 1] * d, s->idx + at[i] * d, d) == 0)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "indices",
                           "rows %zu and %zu of `indices` are equal.",
                           (at[i - 1] < at[i] ? at[i - 1] : at[i]) + 1,
                           (at[i - 1] < at[i] ? at[i] : at[i - 1]) + 1));
    for (size_t k = 0; k < d; k++) skip = skip && di_wls_constant_first(s->basis[k]);
    for (size_t j = 0; j < m; j++) {
        size_t last = d;
        memcpy(key, s->idx + j * d, d * sizeof(int));
        for (size_t k = 0; k < d; k++)
            if (key[k]) last = k;
        s->parent[j] = -1;
        if (!skip || last == d) continue;
        key[last] = 0;
        const ptrdiff_t p = di_wls_find_row(s->idx, d, m, at, key);
        if (p >= 0 && (size_t)p < j) s->parent[j] = (int)p;
    }
done:
    di_pool_free(&pool);
    return status;
}

int di_wls_space_new(distest_context *ctx, distest_wls_space **space)
{
    const int status = di_alloc(ctx, (void **)space, 1, sizeof **space);
    if (status == DISTEST_SUCCESS) memset(*space, 0, sizeof **space);
    return status;
}

int distest_wls_space_tensor(size_t d, const distest_wls_basis *const *bases, size_t m,
                             const int *idx, distest_wls_space **space,
                             distest_context *ctx)
{
    distest_wls_space *s = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    if (d == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "d", "`d` must be at least 1."));
    DI_TRY(di_check_shape(ctx, "indices", m, d));
    DI_TRY(check_indices(d, bases, m, idx, ctx));
    DI_TRY(di_wls_space_new(ctx, &s));
    s->m = m, s->d = d;
    DI_TRY(DI_NEW(ctx, &s->pool, &s->basis, d, 1));
    memset(s->basis, 0, d * sizeof *s->basis);
    DI_TRY(DI_NEW(ctx, &s->pool, &s->idx, d, m));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->cols, d, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->offset, d + 1, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->parent, m, 1));
    s->offset[0] = 0;
    for (size_t k = 0; k < d; k++) {
        DI_TRY(di_wls_basis_clone(ctx, bases[k], &s->basis[k]));
        s->cols[k] = 1;
        for (size_t j = 0; j < m; j++) {
            s->idx[k + j * d] = idx[j + k * m];
            if ((size_t)idx[j + k * m] >= s->cols[k])
                s->cols[k] = (size_t)idx[j + k * m] + 1;
        }
        s->offset[k + 1] = s->offset[k] + s->cols[k];
    }
    s->width = s->offset[d];
    DI_TRY(set_parents(s, ctx));
    *space = s;
    s = NULL;
done:
    distest_wls_space_free(s);
    return status;
}

void distest_wls_space_free(distest_wls_space *space)
{
    if (!space) return;
    for (size_t k = 0; space->basis && k < space->d; k++)
        distest_wls_basis_free(space->basis[k]);
    di_pool_free(&space->pool);
    di_free(space);
}

void distest_wls_space_size(const distest_wls_space *space, size_t *m, size_t *d,
                            size_t *N)
{
    *m = space->m;
    *d = space->d;
    *N = space->N;
}

int distest_wls_outside(const distest_wls_space *space, size_t n, const double *x,
                        int *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_finite(ctx, "x", n * (space->N ? 1 : space->d), x));
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        for (size_t k = space->d; k-- > 0;) {
            const double v = x[i + k * n];
            if (v < space->basis[k]->low || v > space->basis[k]->high)
                out[i] = (int)k + 1;
        }
    }
done:
    return status;
}

int distest_wls_integrals(const distest_wls_space *space, double *e,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    if (space->e) {
        memcpy(e, space->e, space->m * sizeof(double));
        goto done;
    }
    for (size_t j = 0; j < space->m; j++) {
        e[j] = space->N ? 0 : 1;
        for (size_t k = 0; k < space->d; k++)
            e[j] *= space->basis[k]->e[space->idx[k + j * space->d]];
        for (size_t i = 0; i < space->N; i++)
            e[j] += space->prob[i] * space->phi[j + i * space->m];
    }
done:
    return status;
}
