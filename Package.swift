// swift-tools-version: 6.2
// The modules and their edges; docs/ARCHITECTURE.md draws them. Imports point down only.
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

func module(
    _ name: String, uses: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: uses, resources: resources, swiftSettings: swiftSettings)
}

func tests(of name: String, uses: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.init(stringLiteral: name)] + uses,
        swiftSettings: swiftSettings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")

let package = Package(
    name: "starling",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "starling", targets: ["starling"]),
        // Preloaded by the tests that let the disk fail.
        .library(name: "DiskFaults", type: .dynamic, targets: ["DiskFaults"]),
        // Linked with libFuzzer by Scripts/fuzz.
        .library(name: "FuzzEntries", type: .static, targets: ["FuzzEntries"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // 0: C
        .target(name: "CKernels"),
        .target(name: "CLinux"),
        .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("dl")]),
        .systemLibrary(
            name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // 1
        module("Metrics"),
        module("Support", uses: ["CLinux"]),
        // 2
        module("Events", uses: ["CSimdjson", "Support"]),
        module("Tensor", uses: ["CKernels", "COpenBLAS"]),
        // 3
        module("NeuralNetwork", uses: ["Tensor", "Support"]),
        module("Evaluation", uses: ["Events", "Support"]),
        module("HTTP", uses: ["CNGHTTP2", "CZlib", "Support"]),
        module("Sockets", uses: ["CLinux", "Support"]),
        module("Importing", uses: ["Events", "Support", crypto]),
        // 4
        module(
            "Recommenders",
            uses: ["Evaluation", "Events", "NeuralNetwork", "Support", "Tensor"]),
        module(
            "Store", uses: ["Events", "Support", grdb, sqlite, crypto],
            resources: [.embedInCode("Migrations")]),
        // 5
        module(
            "Serving",
            uses: ["Events", "Recommenders", "Store", "Support", logging]),
        module("TrainerPipe", uses: ["Support"]),
        // 6
        module("HTTPServer", uses: ["HTTP", "Metrics", "Sockets", "Support", logging]),
        module(
            "Training",
            uses: [
                "Evaluation", "Events", "NeuralNetwork", "Recommenders", "Store", "Support",
                "TrainerPipe",
            ]),
        module("Jobs", uses: ["Serving", "Store", "Support", "TrainerPipe", logging]),
        // 7
        module(
            "API",
            uses: [
                "Events", "HTTP", "HTTPServer", "Jobs", "Metrics", "Serving", "Store", "Support",
                crypto, logging,
            ]),
        // 8
        .executableTarget(
            name: "starling",
            dependencies: [
                "API", "Evaluation", "Events", "HTTP", "HTTPServer", "Importing", "Jobs",
                "Recommenders", "Serving", "Store", "Support", "Tensor", "TrainerPipe", "Training",
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        // Tests
        .testTarget(name: "TidyTests", swiftSettings: swiftSettings),
        tests(
            of: "API",
            uses: [
                "Events", "HTTP", "HTTPServer", "Jobs", "PrometheusText", "Recommenders", "Serving",
                "Store", "Support", "TestSupport", logging,
            ]),
        tests(of: "Evaluation", uses: ["Events", "Importing", "Support", "TestSupport"]),
        tests(of: "Events", uses: ["Support"]),
        .testTarget(
            name: "FuzzingTests", dependencies: ["FuzzEntries", "Support"],
            swiftSettings: swiftSettings),
        tests(of: "HTTP", uses: ["HTTP2Frames", "Support"]),
        tests(
            of: "HTTPServer",
            uses: [
                "HTTP", "HTTP2Frames", "Metrics", "PrometheusText", "Sockets", "Support",
                "TestSupport", logging,
            ]),
        tests(of: "Importing", uses: ["Events", "Support", "TestSupport"]),
        tests(
            of: "Jobs",
            uses: [
                "Recommenders", "Serving", "Store", "Support", "TestSupport", "TrainerPipe",
                logging,
            ]),
        tests(of: "Metrics", uses: ["PrometheusText"]),
        tests(of: "NeuralNetwork", uses: ["Support", "Tensor"]),
        tests(
            of: "Recommenders",
            uses: [
                "Evaluation", "Events", "GradientChecking", "NeuralNetwork", "Serving", "Store",
                "Support", "Tensor",
            ]),
        // The built program over HTTP; it is no dependency, since every build of the tests makes it.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "DiskFaultControl", "Events", "HTTP", "HTTP2Frames", "PrometheusText",
                "Recommenders", "Support", "TestSupport",
            ],
            swiftSettings: swiftSettings),
        tests(
            of: "Serving",
            uses: ["Events", "NeuralNetwork", "Recommenders", "Store", "Support", "TestSupport"]),
        tests(of: "Sockets"),
        tests(of: "starling", uses: ["API", "HTTP", "HTTPServer", "Support"]),
        tests(
            of: "Store",
            uses: ["DiskFaultControl", "Events", "Support", "StoreCrashChild", grdb, crypto]),
        tests(of: "Support"),
        tests(of: "Tensor", uses: ["CKernels", "GradientChecking", "Support"]),
        tests(of: "TrainerPipe"),
        tests(
            of: "Training",
            uses: [
                "Evaluation", "Events", "Importing", "NeuralNetwork", "Recommenders", "Store",
                "Support", "TestSupport", "TrainerPipe", grdb,
            ]),
        // What tests share
        .target(
            name: "FuzzEntries",
            dependencies: ["Events", "HTTP", "HTTPServer", "NeuralNetwork", "Support"],
            path: "Tests/FuzzEntries", swiftSettings: swiftSettings),
        .target(
            name: "GradientChecking", dependencies: ["Support", "Tensor"],
            path: "Tests/GradientChecking", swiftSettings: swiftSettings),
        .target(
            name: "HTTP2Frames", dependencies: ["CNGHTTP2"], path: "Tests/HTTP2Frames",
            swiftSettings: swiftSettings),
        // The metrics' text, read as strictly as promtool reads it.
        .target(
            name: "PrometheusText", path: "Tests/PrometheusText", swiftSettings: swiftSettings),
        .target(name: "DiskFaults", path: "Tests/DiskFaults"),
        .target(
            name: "DiskFaultControl", path: "Tests/DiskFaultControl", swiftSettings: swiftSettings),
        .executableTarget(
            name: "StoreCrashChild",
            dependencies: ["DiskFaultControl", "Events", "Store", "Support"],
            path: "Tests/StoreCrashChild", swiftSettings: swiftSettings),
        .target(
            name: "TestSupport",
            dependencies: [
                "Evaluation", "Events", "NeuralNetwork", "Recommenders", "Store", "Support",
                logging,
            ],
            path: "Tests/TestSupport", swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)
