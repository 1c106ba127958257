using System.Numerics.Tensors;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Signals whose codes and dictionary are known: x = offset + zD + noise. Immutable; the same options give the same bits on any number of
/// threads. Memory: the signals, the atoms and the active entries, never [samples, sources].
/// </summary>
public sealed class SyntheticData
{
    private const int BlockRows = 256;

    private SyntheticData(SyntheticDataOptions options, Tensor<float> signals, SparseCodes codes, AtomDictionary dictionary)
    {
        Options = options;
        Signals = signals;
        Codes = codes;
        Dictionary = dictionary;
    }

    /// <summary>The options of the world; a part of a split keeps those of the whole.</summary>
    public SyntheticDataOptions Options { get; }

    /// <summary>Signals, [samples, measurements].</summary>
    public Tensor<float> Signals { get; }

    /// <summary>True codes, [samples, sources].</summary>
    public SparseCodes Codes { get; }

    /// <summary>True dictionary, [sources, measurements], with the offset.</summary>
    public AtomDictionary Dictionary { get; }

    /// <summary>Draws a world. Cost: samples · active · measurements, plus samples · sources · rank for correlated supports.</summary>
    /// <param name="options">The world.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">Options contradict each other; the message names them.</exception>
    public static SyntheticData Generate(SyntheticDataOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        AtomDictionary dictionary = DrawDictionary(options);
        SparseCodes codes = DrawCodes(options, cancellationToken);
        var signals = new float[options.Samples * options.Measurements];
        int dimension = options.Measurements;
        ParallelBlocks.Run(ParallelBlocks.Count(options.Samples, BlockRows), Environment.ProcessorCount, block =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = block * BlockRows; row < Math.Min(options.Samples, (block + 1) * BlockRows); row++)
            {
                Span<float> signal = signals.AsSpan(row * dimension, dimension);
                dictionary.DecodeRow(codes[row], signal);
                if (options.Noise > 0)
                {
                    var random = new RandomStream((ulong)options.Seed, "synthetic.noise", (ulong)row);
                    for (int i = 0; i < dimension; i++)
                    {
                        signal[i] += (float)(options.Noise * random.NextNormal());
                    }
                }
            }
        });
        return new SyntheticData(options, Tensor.Create(signals, [options.Samples, dimension]), codes, dictionary);
    }

    /// <summary>The first share of the samples, and the rest; both copied, with the same dictionary. Samples are independent, so that no shuffle is needed.</summary>
    /// <param name="fraction">Share of the samples that goes to the first part; both parts must get at least one sample.</param>
    /// <returns>The parts, in this order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">One part would be empty.</exception>
    public (SyntheticData Train, SyntheticData Test) Split(double fraction)
    {
        int samples = Codes.RowCount;
        int first = double.IsFinite(fraction) ? (int)Math.Clamp(Math.Round(fraction * samples), 0, samples) : 0;
        if (first == 0 || first == samples)
        {
            Throw.OutOfRange(nameof(fraction), fraction, $"a share that leaves at least one of {samples} samples on each side");
        }

        return (Part(0, first), Part(first, samples - first));
    }

    /// <summary>"2048 samples of 16 sources in 8 dimensions".</summary>
    public override string ToString() => $"{Codes.RowCount} samples of {Options.Sources} sources in {Options.Measurements} dimensions";

    private SyntheticData Part(int start, int count)
    {
        var signals = new float[count * Options.Measurements];
        ((SignalView)Signals).CopyRows(start, count, signals);
        return new SyntheticData(Options, Tensor.Create(signals, [count, Options.Measurements]), Codes.Slice(start, count), Dictionary);
    }

    private static AtomDictionary DrawDictionary(SyntheticDataOptions options)
    {
        int dimension = options.Measurements;
        ulong seed = (ulong)options.Seed;
        var atoms = new float[options.Sources * dimension];
        ParallelBlocks.Run(ParallelBlocks.Count(options.Sources, BlockRows), Environment.ProcessorCount, block =>
        {
            var draws = new double[dimension];
            for (int j = block * BlockRows; j < Math.Min(options.Sources, (block + 1) * BlockRows); j++)
            {
                double norm = options.AtomNormSpread == 0 ? 1 : Math.Exp(options.AtomNormSpread * new RandomStream(seed, "synthetic.norms", (ulong)j).NextNormal());
                DrawDirection(new RandomStream(seed, "synthetic.dictionary", (ulong)j), draws, norm, atoms.AsSpan(j * dimension, dimension));
            }
        });
        float[]? offset = null;
        if (options.Offset > 0)
        {
            offset = new float[dimension];
            DrawDirection(new RandomStream(seed, "synthetic.offset"), new double[dimension], options.Offset, offset);
        }

        return new AtomDictionary(atoms, dimension, offset);
    }

    /// <summary>A direction uniform on the sphere, of the given norm.</summary>
    private static void DrawDirection(RandomStream random, double[] draws, double norm, Span<float> target)
    {
        double squares;
        do
        {
            for (int i = 0; i < draws.Length; i++)
            {
                draws[i] = random.NextNormal();
            }

            squares = TensorPrimitives.SumOfSquares<double>(draws);
        }
        while (squares == 0);
        double factor = norm / Math.Sqrt(squares);
        for (int i = 0; i < draws.Length; i++)
        {
            target[i] = (float)(factor * draws[i]);
        }
    }

    private static SparseCodes DrawCodes(SyntheticDataOptions options, CancellationToken cancellationToken)
    {
        var sampler = new SupportSampler(options);
        int blocks = ParallelBlocks.Count(options.Samples, BlockRows);
        var parts = new (int[] Counts, int[] Atoms, float[] Values)[blocks];
        double[] importance = [.. Enumerable.Range(0, options.ImportanceDecay < 1 ? options.Sources : 0).Select(j => Math.Pow(options.ImportanceDecay, j))];
        ParallelBlocks.Run(blocks, Environment.ProcessorCount, block =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = block * BlockRows, rows = Math.Min(options.Samples, first + BlockRows) - first;
            var workspace = new SupportSampler.Workspace(options);
            var counts = new int[rows];
            var atoms = new List<int>(rows * options.Active);
            var values = new List<float>(rows * options.Active);
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<int> support = sampler.Draw(first + r, workspace);
                var random = new RandomStream((ulong)options.Seed, "synthetic.values", (ulong)(first + r));
                counts[r] = support.Length;
                foreach (int source in support)
                {
                    atoms.Add(source);
                    values.Add((float)(DrawValue(options, random) * (importance.Length > 0 ? importance[source] : 1)));
                }
            }

            parts[block] = (counts, atoms.ToArray(), values.ToArray());
        });
        return Join(options, parts);
    }

    private static double DrawValue(SyntheticDataOptions options, RandomStream random)
    {
        double value = options.Codes == CodeDistribution.Uniform ? random.NextDouble() : random.NextNormal();
        double magnitude = (Math.Abs(value) * options.CodeScale) + options.CodeMinimum;
        return options.Codes == CodeDistribution.Normal && value < 0 ? -magnitude : magnitude;
    }

    private static SparseCodes Join(SyntheticDataOptions options, (int[] Counts, int[] Atoms, float[] Values)[] parts)
    {
        long entries = parts.Sum(part => (long)part.Atoms.Length);
        if (entries > Array.MaxLength)
        {
            Throw.Argument($"The world would have {entries} active entries; at most {Array.MaxLength} fit. Ask for fewer Samples, or for several worlds.", nameof(SyntheticDataOptions.Samples));
        }

        var offsets = new int[options.Samples + 1];
        var atoms = new int[entries];
        var values = new float[entries];
        int row = 0, at = 0;
        foreach ((int[] counts, int[] partAtoms, float[] partValues) in parts)
        {
            partAtoms.CopyTo(atoms, at);
            partValues.CopyTo(values, at);
            at += partAtoms.Length;
            foreach (int count in counts)
            {
                offsets[row + 1] = offsets[row] + count;
                row++;
            }
        }

        return new SparseCodes(options.Sources, offsets, atoms, values);
    }
}
