/* Least squares of a cubic on rows that the ranks of MPI share: each rank adds the
 * blocks that are its own, rank 0 merges the parts and solves. Prints the coefficients
 * as hex: the same bits for any number of ranks. */
#include <distest.h>

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 20000, BLOCK = 512, M = 4, LARGEST = 1 << 20 };

/* Rows first ... first + n - 1 of the "data set". */
static void read_rows(size_t first, size_t n, double *features, double *y)
{
    for (size_t i = 0; i < n; i++) {
        const double k = (double)(first + i),
                     x = (k * 37 - ROWS * (int)(k * 37 / ROWS)) / ROWS;
        features[i] = 1;
        for (size_t j = 1; j < M; j++)
            features[i + j * n] = x * features[i + (j - 1) * n];
        y[i] = 1 / (1 + 25 * x * x) + 1e-3 * (double)((first + i) % 7);
    }
}

static void must(int status)
{
    if (status == DISTEST_SUCCESS) return;
    fprintf(stderr, "%s\n", distest_strerror(status));
    MPI_Abort(MPI_COMM_WORLD, 1);
}

int main(int argc, char **argv)
{
    static double features[BLOCK * M], y[BLOCK];
    static unsigned char bytes[LARGEST];
    distest_wls_part *mine = NULL;
    int rank, ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);

    must(distest_wls_part_alloc(M, 1, &mine, NULL));
    for (size_t b = (size_t)rank; b * BLOCK < ROWS; b += (size_t)ranks) {
        const size_t first = b * BLOCK, n = ROWS - first < BLOCK ? ROWS - first : BLOCK;
        read_rows(first, n, features, y);
        must(distest_wls_part_add(mine, "all", first, n, features, NULL, y, NULL));
    }
    if (rank > 0) {
        const size_t size = distest_wls_part_size(mine);
        distest_wls_part_pack(mine, bytes);
        MPI_Send(bytes, (int)size, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    } else {
        double coef[M], rss, rows;
        distest_wls_diag conditioning;
        for (int from = 1; from < ranks; from++) { /* in whatever order they come */
            MPI_Status got;
            int size;
            distest_wls_part *theirs = NULL;
            MPI_Recv(bytes, LARGEST, MPI_BYTE, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &got);
            MPI_Get_count(&got, MPI_BYTE, &size);
            must(distest_wls_part_unpack(M, 1, (size_t)size, bytes, &theirs, NULL));
            must(distest_wls_part_merge(mine, theirs, NULL));
            distest_wls_part_free(theirs);
        }
        must(distest_wls_part_solve(mine, 1e-12, coef, &conditioning, &rss, &rows,
                                    NULL));
        printf("%.0f rows, %a %a %a %a, %a\n", rows, coef[0], coef[1], coef[2], coef[3],
               rss);
    }
    distest_wls_part_free(mine);
    MPI_Finalize();
    return 0;
}
