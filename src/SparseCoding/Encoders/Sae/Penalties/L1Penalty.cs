namespace SparseCoding;

/// <summary>Σ |z| of a signal's code (the field's standard).</summary>
public sealed record L1Penalty : SparsityPenalty;
