namespace SparseCoding.Samples.ReproducePaper;

/// <summary>One line of the acceptance list.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Text">What is asked.</param>
/// <param name="Ours">What was found; "-" where it was not run.</param>
/// <param name="Direction">Whether the direction is that of the paper; null where it was not run.</param>
/// <param name="Threshold">Whether the thresholds of the list are met; null where it was not run.</param>
internal sealed record AcceptanceItem(int Number, string Text, string Ours, bool? Direction, bool? Threshold);
