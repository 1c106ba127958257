using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <summary>One layer on a device.</summary>
/// <param name="Weights">W, [atoms, dimension].</param>
/// <param name="Recurrent">V, [atoms, atoms]; null for coupled and analytic weights, and in the first layer, whose code is 0.</param>
/// <param name="Threshold">θ, [1, 1] or [1, atoms], not negative.</param>
/// <param name="Step">γ, [1, 1]; null where there is none.</param>
/// <param name="Kept">Entries that are not shrunk.</param>
internal readonly record struct DeviceLayer(DeviceMatrix Weights, DeviceMatrix? Recurrent, DeviceMatrix Threshold, DeviceMatrix? Step, int Kept);
