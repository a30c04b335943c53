import CKernels

extension Float {
    package static func recurrence(
        _ x: Input, keep: Input, take: Input, rowCount: Int, into out: Output
    ) {
        guard rowCount > 0 else { return }
        kernel_recurrence(
            rowCount, keep.count / rowCount, x.count / rowCount, keep.baseAddress,
            take.baseAddress, x.baseAddress, out.baseAddress)
    }

    package static func addRecurrenceGradient(
        keep: Input, take: Input, rowCount: Int, dOutput: Input, into dInput: Output
    ) {
        guard rowCount > 0 else { return }
        let (width, pools) = (dInput.count / rowCount, keep.count / rowCount)
        var carried = [Float](repeating: 0, count: pools * width)
        carried.withUnsafeMutableBufferPointer { carried in
            kernel_recurrence_gradient(
                rowCount, pools, width, keep.baseAddress, take.baseAddress, dOutput.baseAddress,
                carried.baseAddress, dInput.baseAddress)
        }
    }
}
