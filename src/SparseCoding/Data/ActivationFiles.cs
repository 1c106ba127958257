using SparseCoding.Contracts;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding;

/// <summary>
/// Activations in files, as a source to learn from: <c>.npy</c> (f2, f4, f8; row-major or Fortran order; either byte order) and <c>.safetensors</c>
/// (F16, BF16, F32, F64), and raw rows (f32, f16, bf16) where <see cref="ActivationFileOptions.Raw"/> says what they are; one file or many shards. An array is [samples, dimension]; one of rank 3, [contexts, positions, dimension], is read as
/// its contexts × positions rows, context by context, and each row's context becomes its group (<see cref="SignalBatch.Groups"/>).
/// </summary>
/// <remarks>
/// Values become float32: F16 and BF16 exactly, F64 rounded. Shards follow each other in natural order of their names (acts-2 before acts-10)
/// and must agree in dimension and rank. Opening reads headers only. Integer arrays are refused: they are tokens or labels far more often than
/// activations.
/// </remarks>
public static class ActivationFiles
{
    /// <summary>
    /// Opens files without loading them: rows are read when they are asked for, through buffers of about a megabyte, whatever the size of the
    /// files. Every row is checked as it is read: NaN or infinity is an <see cref="InvalidDataException"/> that names file, row and column.
    /// </summary>
    /// <param name="pathOrGlob">A file, a folder (its .npy and .safetensors files) or a pattern with * and ? in its last part, such as "acts/layer8-*.npy".</param>
    /// <param name="options">Which tensor; null for defaults.</param>
    /// <returns>A source over all rows, [samples, dimension]. Files are kept open, at most 16 at a time, until the source is collected.</returns>
    /// <exception cref="FileNotFoundException">Nothing is there, or the pattern matches no file.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, has another rank, type or dimension, or does not say which tensor is meant; the message names it.</exception>
    public static ActivationSource Open(string pathOrGlob, ActivationFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrGlob);
        options ??= new ActivationFileOptions();
        IReadOnlyList<string> paths = options.Raw is null ? ShardPattern.Expand(pathOrGlob, ".npy", ".safetensors") : ShardPattern.Expand(pathOrGlob, ".npy", ".safetensors", ".bin", ".raw");
        var shards = new ActivationShard[paths.Count];
        long first = 0;
        for (int i = 0; i < shards.Length; i++)
        {
            shards[i] = ActivationShard.Describe(paths[i], options.TensorName, options.Raw, first);
            first = checked(first + shards[i].RowCount);
            if (shards[i].Dimension != shards[0].Dimension || shards[i].Rank != shards[0].Rank)
            {
                Throw.InvalidData($"{paths[i]} holds {shards[i].ShapeText}, but {paths[0]} holds {shards[0].ShapeText}; all shards must agree in rank and dimension. "
                    + "Name the files that belong together with a narrower pattern.");
            }
        }

        if (first == 0)
        {
            Throw.InvalidData($"{pathOrGlob} holds no row: {shards.Length} file(s), the first {shards[0].ShapeText}.");
        }

        return new ShardedActivationSource(shards);
    }

    /// <summary>
    /// Opens files, [samples, dimension], and reads them into memory where that fits: 4 bytes × samples × dimension within the budget. Otherwise the source streams, as
    /// from <see cref="Open"/>; <see cref="ActivationSource.IsInMemory"/> says which. A source in memory is shuffled over all its rows, and has no
    /// groups.
    /// </summary>
    /// <param name="pathOrGlob">A file, a folder or a pattern; see <see cref="Open"/>.</param>
    /// <param name="options">Which tensor; null for defaults.</param>
    /// <param name="memoryBudget">Bytes that the signals may take. Default: 4 GiB.</param>
    /// <exception cref="FileNotFoundException">Nothing is there, or the pattern matches no file.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Open"/>; NaN and infinity are found here.</exception>
    public static ActivationSource Load(string pathOrGlob, ActivationFileOptions? options = null, long memoryBudget = 4L << 30)
    {
        Throw.AtLeast(memoryBudget, 0, nameof(memoryBudget));
        ActivationSource source = Open(pathOrGlob, options);
        if (source.RowCount > Math.Min(memoryBudget / 4, Array.MaxLength) / source.Dimension)
        {
            return source;
        }

        var values = new float[source.RowCount * source.Dimension];
        using var sharded = (ShardedActivationSource)source;
        sharded.ReadAll(values);
        return new MemoryActivationSource(values, source.Dimension);
    }

    /// <summary>
    /// Reads an array of integers with one number for each row of activations: tokens, labels, groups. Any integer type of <c>.npy</c>; an array [contexts, positions]
    /// is read as its contexts × positions rows, as <see cref="Open"/> reads activations.
    /// </summary>
    /// <param name="path">The .npy file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, holds numbers that are no integers or do not fit 32 bits, or has more than two axes.</exception>
    public static int[] ReadIntegers(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using NpyFile file = NpyFile.Open(path);
        if (!file.Tensor.ElementType.IsInteger() || file.Tensor.Shape.Length is 0 or > 2)
        {
            Throw.InvalidData($"{path} holds {file.Tensor}; expected integers, [rows] or [contexts, positions].");
        }

        return file.Tensor.ReadAllInt32();
    }
}
