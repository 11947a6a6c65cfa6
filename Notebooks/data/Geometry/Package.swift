// swift-tools-version: 5.9
import PackageDescription

let package = Package(
  name: "Geometry",
  products: [.library(name: "Geometry", targets: ["Geometry"])],
  targets: [.target(name: "Geometry")])
