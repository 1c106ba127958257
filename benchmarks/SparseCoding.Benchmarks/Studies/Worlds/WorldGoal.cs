namespace SparseCoding.Benchmarks;

/// <summary>A goal of the study and what was reached.</summary>
/// <param name="Text">What is asked.</param>
/// <param name="Values">The figure of each world, in order; NaN where a row is missing.</param>
/// <param name="Summary">What the goal is judged by, as text.</param>
/// <param name="Reached">Whether it was reached; null while rows are missing.</param>
internal sealed record WorldGoal(string Text, double[] Values, string Summary, bool? Reached);
