namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Figures at one step.</summary>
/// <param name="Step">Steps of training, or iterations of a solver.</param>
/// <param name="Values">Figures by name.</param>
internal sealed record CurvePoint(long Step, Dictionary<string, double> Values);
