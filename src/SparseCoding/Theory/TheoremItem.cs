namespace SparseCoding;

/// <summary>One line of a <see cref="TheoremReport"/>.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Name">Short name.</param>
/// <param name="Status">How sure it is.</param>
/// <param name="Value">The number, NaN where there is none; +∞ for a spark without dependent sets.</param>
/// <param name="Explanation">What was compared with what, and how it is known.</param>
public sealed record TheoremItem(TheoremItemKind Kind, string Name, TheoremStatus Status, double Value, string Explanation);
