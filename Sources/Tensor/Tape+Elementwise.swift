extension Tape {
    /// Applies a nonlinearity to each element.
    ///
    /// - Returns: the input's shape.
    package func activation(_ activation: Activation, _ input: Variable) -> Variable {
        let output = makeTensor(self[input].shape) { y in
            self[input].withElements { Scalar.activate(activation, $0, into: y) }
        }
        let index = Variable(index: nodes.count)
        return record(output, from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                tape[input].withElements { x in
                    tape[index].withElements { y in
                        dOutput.withElements { dy in
                            Scalar.addActivationGradient(
                                activation, x: x, y: y, dOutput: dy, into: dInput)
                        }
                    }
                }
            }
        }
    }

    /// y = tanh x, elementwise.
    package func tanh(_ input: Variable) -> Variable { activation(.tanh, input) }

    /// Adds the row to each row of the input.
    ///
    /// - Parameters:
    ///   - input: `[rows × width]`
    ///   - bias: `[width]`
    /// - Returns: `[rows × width]`
    package func addBias(_ bias: Variable, to input: Variable) -> Variable {
        precondition(
            self[bias].shape == [self[input].columnCount],
            "bias \(self[bias].shape) on input \(self[input].shape)")
        let output = makeTensor(self[input].shape) { output in
            self[input].withElements { output.copy($0) }
            self[bias].withElements { Scalar.addRow($0, toRowsOf: output) }
        }
        return record(output, from: [input, bias]) { tape, dOutput in
            dOutput.withElements { dOutput in
                tape.addGradient(to: input) { Scalar.axpy(1, dOutput, into: $0) }
                tape.addGradient(to: bias) {
                    Scalar.addColumnSums(of: dOutput, times: 1, into: $0)
                }
            }
        }
    }

    /// Some neighbouring columns.
    ///
    /// - Parameter input: `[rows × width]`
    /// - Returns: `[rows × range.count]`
    package func columns(_ range: Range<Int>, of input: Variable) -> Variable {
        let width = self[input].columnCount
        precondition(range.upperBound <= width, "columns \(range) of \(width)")
        let output = makeTensor([self[input].rowCount, range.count]) { output in
            self[input].withElements { input in
                for (row, part) in output.rows(of: range.count).enumerated() {
                    part.copy(UnsafeBufferPointer(rebasing: input.row(row, of: width)[range]))
                }
            }
        }
        return record(output, from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                dOutput.withElements { dOutput in
                    for (row, dRow) in dInput.rows(of: width).enumerated() {
                        let dPart = dOutput.row(row, of: range.count)
                        Scalar.axpy(1, dPart, into: .init(rebasing: dRow[range]))
                    }
                }
            }
        }
    }

    /// The sum of terms of one shape, each times its weight: a residual, or the parts of a loss.
    package func weightedSum(_ terms: [(variable: Variable, weight: Scalar)]) -> Variable {
        precondition(!terms.isEmpty, "a sum of no terms has no shape")
        let shape = self[terms[0].variable].shape
        precondition(terms.allSatisfy { self[$0.variable].shape == shape }, "terms of many shapes")
        let output = makeTensor(shape) { output in
            output.setToZero()
            for term in terms {
                self[term.variable].withElements { Scalar.axpy(term.weight, $0, into: output) }
            }
        }
        return record(output, from: terms.map(\.variable)) { tape, dOutput in
            for term in terms {
                tape.addGradient(to: term.variable) { dTerm in
                    dOutput.withElements { Scalar.axpy(term.weight, $0, into: dTerm) }
                }
            }
        }
    }

    /// x + y, of one shape: a residual connection.
    package func add(_ x: Variable, _ y: Variable) -> Variable {
        precondition(
            self[x].shape == self[y].shape, "\(self[x].shape) and \(self[y].shape) added")
        let output = makeTensor(self[x].shape) { output in
            withElements(of: self[x], self[y]) { Scalar.add($0, $1, into: output) }
        }
        return record(output, from: [x, y]) { tape, dOutput in
            dOutput.withElements { dOutput in
                for term in [x, y] {
                    tape.addGradient(to: term) { Scalar.axpy(1, dOutput, into: $0) }
                }
            }
        }
    }

    /// x ⊙ y, elementwise: a gate.
    package func multiply(_ x: Variable, _ y: Variable) -> Variable {
        precondition(
            self[x].shape == self[y].shape, "\(self[x].shape) and \(self[y].shape) multiplied")
        let output = makeTensor(self[x].shape) { output in
            output.setToZero()
            withElements(of: self[x], self[y]) { Scalar.multiplyAdd($0, $1, into: output) }
        }
        return record(output, from: [x, y]) { tape, dOutput in
            dOutput.withElements { dOutput in
                for (term, other) in [(x, y), (y, x)] {
                    tape.addGradient(to: term) { dTerm in
                        tape[other].withElements { Scalar.multiplyAdd(dOutput, $0, into: dTerm) }
                    }
                }
            }
        }
    }

    /// Sets elements to 0 and scales the others up, as the mask says; nil changes nothing.
    package func dropout(_ input: Variable, _ mask: DropoutMask?) -> Variable {
        guard let mask else { return input }
        let output = makeTensor(self[input].shape) { output in
            output.setToZero()
            self[input].withElements { Scalar.addDropout(mask, $0, into: output) }
        }
        return record(output, from: [input]) { tape, dOutput in
            tape.addGradient(to: input) { dInput in
                dOutput.withElements { Scalar.addDropout(mask, $0, into: dInput) }
            }
        }
    }
}
