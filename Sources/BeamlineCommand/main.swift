print("beamline")
