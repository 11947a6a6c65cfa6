void beamline_cell_runtime(void);
