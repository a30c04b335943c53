import Foundation

/// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html), where Scripts/fuzz links it: it brings
/// the main program. The environment names the entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let chosenEntry else { preconditionFailure("STARLING_FUZZ_ENTRY names no entry") }
    chosenEntry.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let chosenEntry = ProcessInfo.processInfo.environment["STARLING_FUZZ_ENTRY"]
    .flatMap(FuzzEntry.init(rawValue:))
