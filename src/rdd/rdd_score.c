/* rdd_score.c - the second pass over the table: residuals, scores, covariances.
 *
 * Every rule is a weight on raw residuals (hc: D - r'beta, nn: D - mean of neighbours):
 * the score of a unit or cluster on one side is sum_i omega_i e_i,
 *
 *     nn, hc0   omega = w                     hc1, cr1  omega = w f, f of the side
 *     hc2, hc3  omega = w / (1 - l)^(1/2), w / (1 - l),   l = k |r|^2
 *     cr3       omega = w + k r'y,  y = (I - sum k r r')^-1 sum w r  over the cluster:
 *               the residuals of the cluster from a fit without it.
 *
 * V = sum psi psi'. A block of units (or of clusters) is walked through in chunks that
 * stay in cache, adds its products, and the sums are added in a fixed order: memory
 * does not grow with the number of units. */
#include "rdd_score.h"

#include <math.h>
#include <string.h>

enum { BLOCKS_PER_TASK = 16, TASK_ROWS = 4096, MOST_TASKS = 64, LANES = 8 };

static const double MOST_SCRATCH = 4e6; /* numbers in the sums of a wave */

/* Where clusters are cut into tasks: at RDD_CHUNK clusters or TASK_ROWS units. */
static size_t cut_clusters(const di_rdd_job *job, size_t *first)
{
    size_t tasks = 0, begin = 0, rows = 0;
    for (size_t g = 0; g < job->groups; g++) {
        size_t here = 0;
        for (int s = job->side_from; s < job->side_to; s++)
            here += job->start[s][g + 1] - job->start[s][g];
        if (g > begin && (g - begin == RDD_CHUNK || rows + here > TASK_ROWS)) {
            first[tasks++] = begin;
            begin = g;
            rows = 0;
        }
        rows += here;
    }
    if (begin < job->groups) first[tasks++] = begin;
    first[tasks] = job->groups;
    return tasks;
}

/* The most units a task has on a side. */
static size_t most_rows(const di_rdd_job *job, size_t tasks, const size_t *first)
{
    size_t most = RDD_CHUNK;
    for (size_t k = 0; job->groups && k < tasks; k++)
        for (int s = job->side_from; s < job->side_to; s++) {
            const size_t rows = job->start[s][first[k + 1]] - job->start[s][first[k]];
            if (rows > most) most = rows;
        }
    return most;
}

static size_t part_length(const di_rdd_pass *a, int e, int part)
{
    const size_t cols = a->job->cols;
    const di_rdd_scores *s = a->out;
    if (e >= a->job->fits) return 0;
    if (part == RDD_PART_BOTH && !s->joint) return 0;
    if (part == RDD_PART_CROSS) return s->cross && s->full[e] ? cols * cols : 0;
    return s->full[e] ? cols * cols : 2 * cols;
}

static void lay_out(di_rdd_pass *a)
{
    size_t at = RDD_COUNTS;
    for (int e = 0; e < 2; e++)
        for (int part = 0; part < RDD_PARTS; part++) {
            a->offset[e][part] = at;
            at += part_length(a, e, part);
        }
    a->squares = at;
    a->cross = a->job->cols > a->job->prep->units->probs;
    for (int e = 0; e < 2; e++)
        a->keep[e] = a->job->groups || a->out->full[e] || a->cross ||
                     (e == a->out->reported &&
                      (a->out->psi || a->out->psi_minus || a->out->psi_plus));
    a->length = at + (a->out->square ? a->job->cols : 0);
}

/* out += psi'psi (m rows), or its diagonal and last column */
static void add_squares(const di_rdd_pass *a, int e, size_t m, const double *psi,
                        double *out)
{
    const size_t cols = a->job->cols;
    if (a->out->full[e]) {
        di_syrk('L', 'T', cols, m, 1, psi, RDD_CHUNK, 1, out, cols);
        return;
    }
    const double *last = psi + (cols - 1) * RDD_CHUNK;
    for (size_t j = 0; j < cols; j++) {
        out[j] += di_dot(m, psi + j * RDD_CHUNK, psi + j * RDD_CHUNK);
        if (a->cross) out[cols + j] += di_dot(m, psi + j * RDD_CHUNK, last);
    }
}

/* to (m rows) = sign psi in the unit of the output */
static void write_scores(const di_rdd_pass *a, size_t m, const size_t *row, double sign,
                         const double *psi, double *to)
{
    const di_rdd_prep *p = a->job->prep;
    for (size_t j = 0; to && j < p->units->probs; j++) {
        const double scale = ldexp(sign, p->exponent[j] - a->out->scale);
        for (size_t i = 0; i < m; i++)
            to[row[i] + j * a->out->score_rows] = scale * psi[i + j * RDD_CHUNK];
    }
}

static void write_treatment(const di_rdd_pass *a, size_t m, const size_t *row,
                            double sign, const double *psi)
{
    const size_t last = a->job->cols - 1;
    const double scale = ldexp(sign, a->job->prep->exponent[last]);
    for (size_t i = 0; a->out->psi_treatment && i < m; i++)
        a->out->psi_treatment[row[i]] = scale * psi[i + last * RDD_CHUNK];
}

/* Scores of one side by itself. */
static void add_side(const di_rdd_pass *a, int side, size_t m, const size_t *row,
                     di_rdd_scratch *w, double *out)
{
    const di_rdd_scores *s = a->out;
    const int part = side == RDD_MINUS ? RDD_PART_MINUS : RDD_PART_PLUS;
    for (int e = 0; e < a->job->fits; e++)
        if (a->keep[e]) add_squares(a, e, m, w->psi[e][side], out + a->offset[e][part]);
    const double *psi = w->psi[s->reported][side];
    write_scores(a, m, row, 1, psi, side == RDD_MINUS ? s->psi_minus : s->psi_plus);
    if (s->joint) return;
    write_scores(a, m, row, side == RDD_MINUS ? -1 : 1, psi, s->psi);
    write_treatment(a, m, row, side == RDD_MINUS ? -1 : 1, psi);
}

/* Scores of clusters that may have units on both sides: psi_plus - psi_minus. */
static void add_joint(const di_rdd_pass *a, size_t m, const size_t *row,
                      di_rdd_scratch *w, double *out)
{
    const size_t cols = a->job->cols;
    const di_rdd_scores *s = a->out;
    for (int e = 0; e < a->job->fits; e++) {
        double *minus = w->psi[e][RDD_MINUS], *plus = w->psi[e][RDD_PLUS];
        if (s->cross && s->full[e])
            di_gemm('T', 'N', cols, cols, m, 1, minus, RDD_CHUNK, plus, RDD_CHUNK, 1,
                    out + a->offset[e][RDD_PART_CROSS], cols);
        for (size_t j = 0; j < cols; j++)
            for (size_t i = 0; i < m; i++)
                plus[i + j * RDD_CHUNK] -= minus[i + j * RDD_CHUNK];
        add_squares(a, e, m, plus, out + a->offset[e][RDD_PART_BOTH]);
    }
    write_scores(a, m, row, 1, w->psi[s->reported][RDD_PLUS], s->psi);
    write_treatment(a, m, row, 1, w->psi[s->reported][RDD_PLUS]);
}

static void fill_units(const di_rdd_pass *a, size_t block, di_rdd_scratch *w,
                       double *out)
{
    const di_rdd_job *job = a->job;
    const int side = a->begin[block] % 2 ? RDD_PLUS : RDD_MINUS;
    const size_t i0 = a->begin[block] / 2;
    const size_t m =
        job->listed[side] - i0 < RDD_CHUNK ? job->listed[side] - i0 : RDD_CHUNK;
    for (size_t n = 0; n < job->designs; n++) {
        const di_rdd_design *d = &job->design[n];
        di_rdd_chunk_open(job, side, i0, m, &w->chunk);
        di_rdd_omega_units(a, d, w, out);
        di_rdd_scores_chunk(a, d, w, 0, NULL, out);
    }
    add_side(a, side, m, w->chunk.row, w, out);
}

static void fill_clusters(const di_rdd_pass *a, size_t task, di_rdd_scratch *w,
                          double *out)
{
    const di_rdd_job *job = a->job;
    const size_t g0 = a->first[task], g1 = a->first[task + 1], m = g1 - g0;
    size_t row[RDD_CHUNK], local[RDD_CHUNK];
    for (int e = 0; e < job->fits; e++)
        for (int s = job->side_from; s < job->side_to; s++)
            memset(w->psi[e][s], 0, RDD_CHUNK * job->cols * sizeof(double));
    for (int s = job->side_from; s < job->side_to; s++)
        for (size_t n = 0; n < job->designs; n++) {
            const size_t *start = job->start[s], from = start[g0], to = start[g1];
            size_t g = g0;
            di_rdd_omega_clusters(a, &job->design[n], s, g0, g1, w, out);
            for (size_t i0 = from; i0 < to; i0 += RDD_CHUNK) {
                const size_t rows = to - i0 < RDD_CHUNK ? to - i0 : RDD_CHUNK;
                for (size_t i = 0; i < rows; i++) {
                    while (i0 + i >= start[g + 1]) g++;
                    local[i] = g - g0;
                }
                di_rdd_chunk_open(job, s, i0, rows, &w->chunk);
                di_rdd_scores_chunk(a, &job->design[n], w, i0 - from, local, out);
            }
        }
    for (int s = job->side_from; s < job->side_to; s++) {
        const size_t shift =
            !a->out->joint && s == RDD_PLUS ? job->prep->units->clusters : 0;
        for (size_t k = 0; k < m; k++) row[k] = job->group[g0 + k] + shift;
        add_side(a, s, m, row, w, out);
    }
    if (a->out->joint) add_joint(a, m, row, w, out);
}

static int fill_task(size_t task, int thread, void *data, double *out)
{
    di_rdd_pass *a = data;
    di_rdd_scratch *w = a->scratch + thread;
    memset(out, 0, a->length * sizeof *out);
    if (a->job->groups) {
        fill_clusters(a, a->from + task, w, out);
        return DISTEST_SUCCESS;
    }
    const size_t first = (a->from + task) * BLOCKS_PER_TASK;
    for (size_t b = first; b < first + BLOCKS_PER_TASK && b < a->blocks; b++)
        fill_units(a, b, w, out);
    return DISTEST_SUCCESS;
}

static int new_scratch(distest_context *ctx, di_pool *pool, di_rdd_pass *a, size_t rows)
{
    const di_rdd_job *job = a->job;
    const size_t threads = (size_t)di_threads(ctx), z = job->covariates;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &a->scratch, threads, 1));
    for (size_t k = 0; k < threads; k++) {
        di_rdd_scratch *w = a->scratch + k;
        if (z || job->prep->vce == RDD_NN)
            DI_TRY(DI_NEW(ctx, pool, &w->X, RDD_CHUNK, job->cols + z));
        for (int e = 0; e < job->fits; e++) {
            DI_TRY(DI_NEW(ctx, pool, &w->omega[e], rows + LANES, 1));
            memset(w->omega[e], 0, (rows + LANES) * sizeof(double));
            for (int s = job->side_from; s < job->side_to; s++)
                DI_TRY(DI_NEW(ctx, pool, &w->psi[e][s], RDD_CHUNK, job->cols));
        }
    }
done:
    return status;
}

/* Parts out of the sums; matrices get their other triangle. */
static void hand_over(const di_rdd_pass *a, const double *total)
{
    const di_rdd_scores *s = a->out;
    const size_t cols = a->job->cols;
    for (int e = 0; e < a->job->fits; e++) {
        for (int part = 0; part < RDD_PARTS; part++) {
            double *to = s->part[e][part];
            const size_t len = part_length(a, e, part);
            if (!to || len == 0) continue;
            memcpy(to, total + a->offset[e][part], len * sizeof *to);
            if (s->full[e] && part != RDD_PART_CROSS)
                di_symmetrize('L', cols, to, cols);
        }
        double *both = s->part[e][RDD_PART_BOTH];
        const double *minus = s->part[e][RDD_PART_MINUS];
        const double *plus = s->part[e][RDD_PART_PLUS];
        const size_t len = s->full[e] ? cols * cols : 2 * cols;
        for (size_t k = 0; !s->joint && both && k < len; k++)
            both[k] = minus[k] + plus[k];
    }
    if (s->square) memcpy(s->square, total + a->squares, cols * sizeof *total);
}

/* Where chunks of units begin, both sides in the order of their rows: what is read for
 * one side is still near when the other wants it. */
static void cut_units(const di_rdd_job *job, size_t *begin)
{
    size_t at[2] = {0, 0};
    const int from = job->side_from, to = job->side_to;
    for (size_t k = 0;; k++) {
        int next = -1;
        for (int s = from; s < to; s++)
            if (at[s] < job->listed[s] &&
                (next < 0 || job->prep->row[s][job->list[s][at[s]]] <
                                 job->prep->row[next][job->list[next][at[next]]]))
                next = s;
        if (next < 0) return;
        begin[k] = 2 * at[next] + (next == RDD_PLUS);
        at[next] += RDD_CHUNK;
    }
}

int di_rdd_pass_scores(distest_context *ctx, di_rdd_job *job, di_rdd_scores *s)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_pass a = {.job = job, .out = s};
    size_t *first = NULL, *begin = NULL, tasks;
    double *total, *wave;
    for (int side = job->side_from; side < job->side_to; side++)
        a.blocks += (job->listed[side] + RDD_CHUNK - 1) / RDD_CHUNK;
    tasks = (a.blocks + BLOCKS_PER_TASK - 1) / BLOCKS_PER_TASK;
    if (job->groups) {
        DI_TRY(DI_NEW(ctx, &pool, &first, job->groups + 1, 1));
        tasks = cut_clusters(job, first);
    }
    if (!job->groups) {
        DI_TRY(DI_NEW(ctx, &pool, &begin, a.blocks, 1));
        cut_units(job, begin);
    }
    a.begin = begin;
    a.first = first;
    lay_out(&a);
    const double fit = MOST_SCRATCH / (double)a.length;
    const size_t at_once = fit < 2 ? 2 : (fit > MOST_TASKS ? MOST_TASKS : (size_t)fit);
    DI_TRY(new_scratch(ctx, &pool, &a, most_rows(job, tasks, first)));
    DI_TRY(DI_NEW(ctx, &pool, &total, a.length, 1));
    DI_TRY(DI_NEW(ctx, &pool, &wave, a.length, 1));
    memset(total, 0, a.length * sizeof *total);
    for (a.from = 0; a.from < tasks; a.from += at_once) {
        const size_t here = tasks - a.from < at_once ? tasks - a.from : at_once;
        DI_TRY(di_sum_blocks(ctx, "residuals", di_fraction(0.45, 0.95, a.from, tasks),
                             di_fraction(0.45, 0.95, a.from + here, tasks), here,
                             a.length, fill_task, &a, wave));
        for (size_t i = 0; i < a.length; i++) total[i] += wave[i];
    }
    s->counted = (size_t)total[RDD_COUNT_UNITS];
    s->leverage_one = (size_t)total[RDD_COUNT_LEVERAGE];
    hand_over(&a, total);
done:
    di_pool_free(&pool);
    return status;
}
