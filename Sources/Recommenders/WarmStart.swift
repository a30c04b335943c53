import NeuralNetwork
import Support
import Tensor

/// An earlier model, to go on from in place of new weights.
package struct WarmStart: Sendable {
    /// The earlier model's parameters.
    package var weights: Safetensors
    /// What the earlier model was trained with.
    package var settings: ModelSettings
    /// For each of today's items its row in `weights`, −1 for a new one.
    package var rows: [Int32]

    package init(weights: Safetensors, settings: ModelSettings, rows: [Int32]) {
        self.weights = weights
        self.settings = settings
        self.rows = rows
    }
}

extension WarmStart {
    /// A model as it is.
    package init(_ model: any Recommender, rows: [Int32]) {
        self.init(
            weights: Safetensors(entries: model.parameters()), settings: model.settings, rows: rows)
    }

    /// A saved model.
    ///
    /// - Parameter items: Today's, in the order of their rows.
    package init(_ checkpoint: ModelCheckpoint, items: [ItemID]) {
        self.init(
            weights: Safetensors(entries: checkpoint.parameters), settings: checkpoint.settings,
            rows: Self.rows(of: items, in: checkpoint.items))
    }

    /// For each of today's items its row among the earlier ones, −1 for a new one.
    package static func rows<ID: Hashable>(of items: [ID], in earlier: [ID]) -> [Int32] {
        let rows = Dictionary(
            earlier.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
        return items.map { rows[$0] ?? -1 }
    }

    /// Why there is no going on from the earlier model: the caller begins with new weights then.
    package enum Misfit: Error, Equatable, CustomStringConvertible {
        case missing(parameter: String)
        /// It learned something that has no place any more.
        case unused(parameter: String)
        case shape(parameter: String, now: [Int], before: [Int])
        case setting(String, now: Double?, before: Double?)
        /// No 32-bit floats, or not all of them finite.
        case numbers(parameter: String)
        /// Compressed parts that don't fit together.
        case compressed(String)

        package var description: String {
            switch self {
            case .missing(let parameter):
                "it has no \(parameter)"
            case .unused(let parameter):
                "there is no place for its \(parameter) any more"
            case .shape(let parameter, let now, let before):
                "\(parameter) has shape \(now) now and had \(before)"
            case .setting(let key, let now, let before):
                "\(key) is \(Self.text(now)) now and was \(Self.text(before))"
            case .numbers(let parameter):
                "\(parameter) holds what is no finite number"
            case .compressed(let reason):
                "its compressed weights can't be read: \(reason)"
            }
        }

        private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "not set" }
    }

    /// For settings that change what the same weights mean, which no shape shows.
    ///
    /// - Throws: `Misfit.setting` for the first of the keys that has another value now.
    package func requireSame(
        _ keys: [String], as settings: ModelSettings
    ) throws(Misfit) {
        for key in keys where settings[key] != self.settings[key] {
            throw .setting(key, now: settings[key], before: self.settings[key])
        }
    }
}

extension ParameterStore<Float> {
    /// Takes over what an earlier model had learned. Of item parameters the rows of items that
    /// stayed are copied, new items keep the values that they have here, and those of items that
    /// are gone are left out; other parameters are copied whole.
    ///
    /// - Parameter itemParameters: Names of the parameters whose first dimension are the items.
    /// - Throws: `WarmStart.Misfit`; nothing is changed then.
    package mutating func adopt(
        _ start: WarmStart, itemParameters: Set<String>
    ) throws(WarmStart.Misfit) {
        let start = try start.expanded()
        let known = Set(names)
        if let unused = start.weights.entries.first(where: { !known.contains($0.name) }) {
            throw .unused(parameter: unused.name)
        }
        var adopted = self
        for (id, name) in zip(ids, names) {
            let earlier = try start.parameter(name)
            let rows = itemParameters.contains(name) ? start.rows : nil
            adopted[id] = try adopted[id].adopting(earlier, rows: rows, name: name)
        }
        self = adopted
    }
}

extension WarmStart {
    /// With the weights as numbers, whatever the checkpoint's form.
    fileprivate func expanded() throws(Misfit) -> WarmStart {
        do {
            return WarmStart(weights: try weights.expanded(), settings: settings, rows: rows)
        } catch ModelError.notFinite(let parameter) {
            throw .numbers(parameter: parameter)
        } catch {
            throw .compressed("\(error)")
        }
    }

    fileprivate func parameter(_ name: String) throws(Misfit) -> Tensor<Float> {
        guard let entry = weights.entries.first(where: { $0.name == name }) else {
            throw .missing(parameter: name)
        }
        let floats: [Float]
        do {
            floats = try entry.floats()
        } catch {
            throw .numbers(parameter: name)
        }
        guard floats.allSatisfy(\.isFinite) else { throw .numbers(parameter: name) }
        return Tensor(shape: entry.shape, elements: floats)
    }
}

extension Tensor<Float> {
    /// The earlier tensor in this one's place.
    ///
    /// - Parameter rows: For each row of this tensor the one that it takes, −1 to stay as it is;
    ///   nil to take all as they are.
    fileprivate func adopting(
        _ earlier: Tensor<Float>, rows: [Int32]?, name: String
    ) throws(WarmStart.Misfit) -> Tensor<Float> {
        let misfit = WarmStart.Misfit.shape(parameter: name, now: shape, before: earlier.shape)
        guard let rows else {
            guard shape == earlier.shape else { throw misfit }
            return earlier
        }
        precondition(shape.first == rows.count, "\(name) \(shape): \(rows.count) items")
        let width = shape.dropFirst().reduce(1, *)
        guard shape.dropFirst() == earlier.shape.dropFirst(),
            Int(rows.max() ?? -1) < earlier.shape.first ?? 0
        else { throw misfit }
        var elements = elements
        for (row, source) in rows.enumerated() where source >= 0 {
            let start = Int(source) * width
            elements.replaceSubrange(
                row * width..<(row + 1) * width, with: earlier.elements[start..<start + width])
        }
        return Tensor(shape: shape, elements: elements)
    }
}
