import CKernels

extension Float {
    package static func layerNorm(_ x: Input, gain: Input, bias: Input, into out: Output) {
        guard !gain.isEmpty else { return }
        kernel_layer_norm(
            x.count / gain.count, gain.count, x.baseAddress, gain.baseAddress, bias.baseAddress,
            PlainKernels<Float>.layerNormEpsilon, out.baseAddress)
    }

    package static func addLayerNormGradient(
        _ x: Input, gain: Input, dOutput: Input, into dInput: Output, dGain: Output, dBias: Output
    ) {
        guard !gain.isEmpty else { return }
        kernel_layer_norm_gradient(
            x.count / gain.count, gain.count, x.baseAddress, gain.baseAddress, dOutput.baseAddress,
            PlainKernels<Float>.layerNormEpsilon, dInput.baseAddress, dGain.baseAddress,
            dBias.baseAddress)
    }

    package static func unitRows(_ x: Input, width: Int, into out: Output) {
        guard width > 0 else { return }
        kernel_unit_rows(
            x.count / width, width, x.baseAddress, PlainKernels<Float>.normEpsilon,
            out.baseAddress)
    }

    package static func addUnitRowsGradient(
        _ x: Input, width: Int, dOutput: Input, into dInput: Output
    ) {
        guard width > 0 else { return }
        kernel_unit_rows_gradient(
            x.count / width, width, x.baseAddress, dOutput.baseAddress,
            PlainKernels<Float>.normEpsilon, dInput.baseAddress)
    }
}
