namespace SparseCoding.Data;

/// <summary>A batch with the positions before and after it in the endless sequence.</summary>
/// <param name="Batch">Its rows; valid until the next one is asked for.</param>
/// <param name="Before">Rows that came before it.</param>
/// <param name="After">Rows up to its end.</param>
internal readonly record struct FedBatch(SignalBatch Batch, long Before, long After);
