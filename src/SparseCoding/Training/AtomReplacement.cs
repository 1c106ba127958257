namespace SparseCoding;

/// <summary>An atom that learning replaced by a signal that was badly represented.</summary>
/// <param name="Step">Alternation after which it was replaced, from 1.</param>
/// <param name="Atom">The atom.</param>
/// <param name="Reason">Why.</param>
public readonly record struct AtomReplacement(long Step, int Atom, ReplacementReason Reason);
