#ifndef MATRIX_H
#define MATRIX_H
#include "kernels.h"

// Where a panel lies, which outputs it has, and how many of its columns are outputs rather than padding.
typedef struct {
  char *data;
  int first, width, columns;
} panel_place;

int panel_width(int format);
panel_place place_panel(const ck_matrix *matrix, int panel);
#endif
