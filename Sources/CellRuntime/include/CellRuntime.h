// What the process that cells live in holds: loading, running, containing traps, framing output.
#pragma once

// Serves commands until their pipe is closed; does not return. `library` is the path of libBeamline.so.
int beamline_worker(const char *library);
