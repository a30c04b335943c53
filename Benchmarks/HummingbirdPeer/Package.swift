// swift-tools-version: 6.1
// The peer that Benchmarks/requests-per-second measures beside the service: the same answer, by Hummingbird.
import PackageDescription

let package = Package(
    name: "peer",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")
    ],
    targets: [
        .executableTarget(
            name: "peer", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ])
