namespace SparseCoding.Contracts;

/// <summary>The base of devices in other packages and in tests, which see internals.</summary>
internal abstract class ExternalDevice(string name) : ComputeDevice(name);
