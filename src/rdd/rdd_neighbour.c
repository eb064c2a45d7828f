/* rdd_neighbour.c - nearest-neighbour residuals,
 *
 *     e_i = sqrt(J_i / (J_i + 1)) (Q_i - mean of the J_i neighbours).
 *
 * Neighbours of a unit are the other units of its x; while they are fewer than
 * min(J, n_s - 1), the nearer of the next blocks of equal x to the left and right
 * joins, both when equally near. So they are a run of the units sorted by x. Sums are
 * direct (differences of prefix sums cancel); those over large blocks of equal x are
 * taken once, so that mass points cost no more than other data. */
#include "rdd_design.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define DI_KERNEL "../rdd/rdd_neighbour_kernel.h"
#include "isa.h"

enum { LARGE = 64 };

typedef struct {
    const di_rdd_job *job;
    const di_rdd_neighbours *near;
    int side;
} sum_data;

/* one column: sums over the large blocks */
static int sum_column(size_t block, int thread, void *data)
{
    const sum_data *a = data;
    const di_rdd_neighbours *near = a->near;
    const di_rdd_prep *p = a->job->prep;
    const size_t column = di_rdd_job_column(a->job, block);
    const double *from = p->column[column];
    const double scale = ldexp(1, -p->exponent[column]);
    (void)thread;
    for (size_t r = 0; r < near->n; r = near->last[r]) {
        double sum = 0;
        if (near->large[r] == SIZE_MAX) continue;
        for (size_t k = r; k < near->last[r]; k++)
            sum += from[p->row[a->side][near->order[k]]] * scale;
        near->sum[near->large[r] + block * near->larges] = sum;
    }
    return DISTEST_SUCCESS;
}

static void find_blocks(di_rdd_neighbours *near)
{
    near->larges = 0;
    for (size_t r = 0; r < near->n;) {
        size_t end = r + 1;
        while (end < near->n && near->u[end] == near->u[r]) end++;
        near->large[r] = end - r > LARGE ? near->larges++ : SIZE_MAX;
        for (size_t k = r; k < end; k++) {
            near->first[k] = r;
            near->last[k] = end;
        }
        r = end;
    }
}

int di_rdd_neighbours_build(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                            int side)
{
    const di_rdd_prep *p = job->prep;
    di_rdd_neighbours *near = &job->near[side];
    const size_t n = p->used[side];
    int status = DISTEST_SUCCESS;
    near->n = n;
    DI_TRY(DI_NEW(ctx, pool, &near->order, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &near->rank, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &near->u, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &near->first, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &near->last, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &near->large, n, 1));
    DI_TRY(di_order(ctx, n, p->u[side], near->order));
    for (size_t r = 0; r < n; r++) {
        near->rank[near->order[r]] = r;
        near->u[r] = p->u[side][near->order[r]];
    }
    find_blocks(near);
done:
    return status;
}

int di_rdd_neighbours_sums(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                           int side)
{
    di_rdd_neighbours *near = &job->near[side];
    const size_t columns = job->cols + job->covariates;
    int status = DISTEST_SUCCESS;
    sum_data a = {job, near, side};
    if (near->larges == 0) return status;
    DI_TRY(DI_NEW(ctx, pool, &near->sum, near->larges, columns));
    DI_TRY(di_for_blocks(ctx, "neighbours", 0.4, 0.45, columns, sum_column, &a));
done:
    return status;
}

/* Ranks from <= r < to of the units with weight in a design. */
static void window_of(const di_rdd_job *job, const di_rdd_design *d, int side,
                      size_t *from, size_t *to)
{
    const di_rdd_neighbours *near = &job->near[side];
    const double h = d->h[side].h, b = job->fits == 2 ? d->b[side].h : h;
    const double most = h > b ? h : b;
    size_t low = 0, high = near->n; /* the first unit in (left), or out (right) */
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int in = di_rdd_kernel_reaches(job->prep->kernel, near->u[mid] / most);
        if (in == (side == RDD_PLUS))
            low = mid + 1;
        else
            high = mid;
    }
    *from = side == RDD_PLUS ? 0 : low;
    *to = side == RDD_PLUS ? low : near->n;
}

/* The run left <= r < right of a unit and its neighbours. */
static void run_of(const di_rdd_neighbours *near, size_t r, size_t from, size_t to,
                   size_t wanted, double tie, size_t *left, size_t *right)
{
    const double u = near->u[r];
    size_t l = near->first[r], h = near->last[r];
    while (h - l - 1 < wanted) {
        const double dl = l > from ? u - near->u[l - 1] : INFINITY;
        const double dr = h < to ? near->u[h] - u : INFINITY;
        const int both = fabs(dl - dr) < tie; /* not when one is infinite */
        if (both || dl < dr) l = near->first[l - 1];
        if (both || !(dl < dr)) h = near->last[h];
    }
    *left = l;
    *right = h;
}

typedef struct {
    size_t left, right, self;
} run;

/* Mean of column `from` over a run without its own unit. */
static double mean_of_others(const di_rdd_neighbours *near, const size_t *row,
                             const double *from, double scale, const double *sums,
                             const run *g)
{
    double sum = 0;
    for (size_t r = g->left; r < g->right;) {
        if (near->large[r] != SIZE_MAX) { /* a run begins and ends with blocks */
            sum += sums[near->large[r]];
            if (near->first[g->self] == r)
                sum -= from[row[near->order[g->self]]] * scale;
            r = near->last[r];
            continue;
        }
        for (const size_t end = near->last[r]; r < end; r++)
            if (r != g->self) sum += from[row[near->order[r]]] * scale;
    }
    return sum / (double)(g->right - g->left - 1);
}

/* Runs of the units of a chunk; those without weight in the design have none. The ranks
 * they cover are *low <= r < *high; returns the longest. */
static size_t find_runs(const di_rdd_job *job, const di_rdd_design *d,
                        const di_rdd_chunk *c, run *g, size_t *low, size_t *high)
{
    const di_rdd_neighbours *near = &job->near[c->side];
    const size_t others = d->effective[c->side] - 1;
    const size_t nn = job->prep->opts->nnmatch, wanted = nn < others ? nn : others;
    size_t from, to, longest = 0;
    window_of(job, d, c->side, &from, &to);
    *low = near->n;
    *high = 0;
    for (size_t i = 0; i < c->m; i++) {
        g[i].self = near->rank[c->at[i]];
        g[i].left = g[i].right = g[i].self;
        if (g[i].self < from || g[i].self >= to || others == 0) continue;
        run_of(near, g[i].self, from, to, wanted, job->prep->tie, &g[i].left,
               &g[i].right);
        if (g[i].left < *low) *low = g[i].left;
        if (g[i].right > *high) *high = g[i].right;
        if (g[i].right - g[i].left > longest) longest = g[i].right - g[i].left;
    }
    return longest;
}

/* Short runs that lie close together, as they do when the units of the chunk are
 * sorted by x: the values are fetched once, and the residual is a sum over the run of
 * differences from the own value, the same number of them for every unit: past its run,
 * the own value stands in. */
enum { CLOSE = 2 * RDD_CHUNK, SHORT = 16 };

typedef struct {
    size_t low, ranks;           /* of the values: rank low + r in row[r] */
    size_t row[CLOSE];           /* of the table */
    size_t longest;              /* of the runs */
    size_t self[RDD_CHUNK];      /* from low */
    size_t at[SHORT][RDD_CHUNK]; /* the k-th member of the run, from low */
    double factor[RDD_CHUNK];    /* sqrt((K - 1) / K) / (K - 1) for a run of K */
} close_runs;

static void open_close(const di_rdd_neighbours *near, const size_t *row, const run *g,
                       size_t m, close_runs *c)
{
    for (size_t r = 0; r < c->ranks; r++) c->row[r] = row[near->order[c->low + r]];
    for (size_t i = 0; i < m; i++) {
        const size_t length = g[i].right - g[i].left;
        const double k = (double)length;
        c->factor[i] = length < 2 ? 0 : 1 / sqrt(k * (k - 1));
        c->self[i] = length < 2 ? 0 : g[i].self - c->low;
        for (size_t l = 0; l < c->longest; l++)
            c->at[l][i] =
                length < 2 || l >= length ? c->self[i] : g[i].left - c->low + l;
    }
}

static void residual_close(const close_runs *c, const double *from, double scale,
                           size_t m, double *e)
{
    double value[CLOSE];
    DI_PICK(fetch)(c->ranks, from, c->row, scale, value);
    DI_PICK(differences)
    (m, value, c->self, c->longest, c->at[0], RDD_CHUNK, c->factor, e);
}

static void residual_apart(const di_rdd_neighbours *near, const size_t *row,
                           const double *from, double scale, const double *sums,
                           const run *g, size_t m, double *e)
{
    for (size_t i = 0; i < m; i++) {
        const double k = (double)(g[i].right - g[i].left);
        e[i] = 0;
        if (g[i].right <= g[i].left + 1) continue;
        e[i] =
            sqrt((k - 1) / k) * (from[row[near->order[g[i].self]]] * scale -
                                 mean_of_others(near, row, from, scale, sums, &g[i]));
    }
}

void di_rdd_neighbours_residual(const di_rdd_job *job, const di_rdd_design *d,
                                const di_rdd_chunk *c, size_t first, size_t count,
                                double *E)
{
    const di_rdd_prep *p = job->prep;
    const di_rdd_neighbours *near = &job->near[c->side];
    const size_t *row = p->row[c->side];
    run g[RDD_CHUNK];
    size_t low, high;
    close_runs close;
    const size_t longest = find_runs(job, d, c, g, &low, &high);
    const int together = high > low && high - low <= CLOSE && longest <= SHORT;
    if (together) {
        close.low = low, close.ranks = high - low, close.longest = longest;
        open_close(near, row, g, c->m, &close);
    }
    for (size_t j = 0; j < count; j++) {
        const size_t column = di_rdd_job_column(job, first + j);
        const double *values = p->column[column];
        const double scale = ldexp(1, -p->exponent[column]);
        const double *sums = near->sum ? near->sum + (first + j) * near->larges : NULL;
        double *e = E + j * RDD_CHUNK;
        if (together)
            residual_close(&close, values, scale, c->m, e);
        else
            residual_apart(near, row, values, scale, sums, g, c->m, e);
    }
}
