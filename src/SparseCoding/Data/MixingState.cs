namespace SparseCoding.Data;

/// <summary>What a checkpoint keeps of pushed data: the rows that wait in the mixing buffer, in their slots, and where the draws stand.</summary>
/// <param name="Capacity">Rows that the buffer holds.</param>
/// <param name="Rows">The waiting rows, [count, dimension].</param>
/// <param name="RowIds">Their numbers in the order in which they were pushed, [count].</param>
/// <param name="RowsTaken">Rows taken from the caller so far.</param>
/// <param name="Draws">Random numbers drawn so far.</param>
internal sealed record MixingState(int Capacity, float[] Rows, long[] RowIds, long RowsTaken, ulong Draws);
