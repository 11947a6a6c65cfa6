/// The files of this folder, carried inside the program: name → bytes.
///
/// In `kernel.json`, `{beamline}` stands for the path of the program.
/// The PNGs are drawn from the SVG: `rsvg-convert -w 64 -h 64 logo-svg.svg -o logo-64x64.png`, and the same with 32.
public let kernelSpecFiles: [(name: String, bytes: [UInt8])] = [
  ("kernel.json", PackageResources.kernel_json),
  ("logo-svg.svg", PackageResources.logo_svg_svg),
  ("logo-32x32.png", PackageResources.logo_32x32_png),
  ("logo-64x64.png", PackageResources.logo_64x64_png),
]
