using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Learns a dictionary without training (ITDA, 2025): signals are scaled to norm 1; the first atoms are the most frequent different signals of the first batches, as many as there are
/// dimensions; from then on every signal of a batch that matching pursuit represents too badly becomes an atom. One pass over the data in their order; signals of norm 0 are skipped.
/// </summary>
/// <remarks>Immutable and thread-safe. Ties between signals go to the earlier row, so that a rotation of the data chooses the same rows.</remarks>
public sealed class ItdaLearner
{
    /// <summary>A recipe; no work is done here.</summary>
    /// <param name="options">Steps, tolerance and size; null takes the defaults.</param>
    public ItdaLearner(ItdaOptions? options = null) => Options = options ?? new ItdaOptions();

    /// <summary>Steps, tolerance and size.</summary>
    public ItdaOptions Options { get; }

    /// <summary>Chooses the atoms.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    /// <exception cref="ArgumentException">No signals, or all of norm 0.</exception>
    public ItdaDictionary Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        context ??= RunContext.Default;
        if (data.RowCount < 1)
        {
            Throw.Argument("data holds no signals.", nameof(data));
        }

        if (context.Checkpoint is not null)
        {
            Throw.NotSupported("ItdaLearner writes no checkpoints: it is one pass. Leave RunContext.Checkpoint null.");
        }

        long started = context.TimeProvider.GetTimestamp(), rows = 0, steps = 0;
        int m = data.Dimension, target = Math.Min(m, Options.MaxAtoms);
        var atoms = new List<float>();
        var ids = new List<long>();
        bool full = false;
        var batch = new SignalBatch((int)Math.Min(Options.BatchSize, data.RowCount), m);
        data.Rewind();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            data.Read(batch);
            if (batch.Count == 0)
            {
                break;
            }

            (float[] signals, long[] origin) = Normalized(batch);
            rows += batch.Count;
            steps++;
            bool[] taken = new bool[origin.Length];
            if (ids.Count < target)
            {
                Seed(signals, origin, m, target, atoms, ids, taken);
            }

            if (ids.Count > 0 && origin.Length > 0)
            {
                full |= !Grow(signals, origin, m, atoms, ids, taken, context, cancellationToken);
            }
        }

        data.Rewind();
        if (ids.Count == 0)
        {
            Throw.Argument("data holds signals of norm 0 only, of which no dictionary can be made.", nameof(data));
        }

        var dictionary = new AtomDictionary([.. atoms], m);
        return new ItdaDictionary
        {
            Dictionary = dictionary,
            SampleIds = ids,
            IsFull = full,
            MaxActive = Options.MaxActive,
            Record = new TrainingRecord
            {
                Steps = steps,
                Rows = rows,
                Flops = new FlopCount(Coder(dictionary).EncodingFlops(rows).Value, null, true),
                FinalLoss = double.NaN,
                Elapsed = context.TimeProvider.GetElapsedTime(started),
                Device = "cpu/" + Kernels.SimdTier.Name,
                Completed = true,
            },
        };
    }

    private ItoEncoder Coder(AtomDictionary dictionary) =>
        new(dictionary, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = Math.Min(Options.MaxActive, dictionary.AtomCount), Iterations = Options.MaxActive, NonNegative = false });

    private static (float[] Signals, long[] Rows) Normalized(SignalBatch batch)
    {
        int m = batch.Dimension;
        var signals = new List<float>();
        var rows = new List<long>();
        for (int i = 0; i < batch.Count; i++)
        {
            Span<float> signal = batch.Signals.Slice(i * m, m);
            double squared = Signals.SquaredNorm(signal);
            if (squared > 0)
            {
                TensorPrimitives.Multiply(signal, (float)(1 / Math.Sqrt(squared)), signal);
                signals.AddRange(signal);
                rows.Add(batch.RowIds[i]);
            }
        }

        return ([.. signals], [.. rows]);
    }

    /// <summary>The most frequent different signals of the batch, the earlier first among equals, until there are as many atoms as dimensions.</summary>
    private static void Seed(float[] signals, long[] origin, int m, int target, List<float> atoms, List<long> ids, bool[] taken)
    {
        var first = new Dictionary<string, int>();
        var count = new int[origin.Length];
        var known = new HashSet<string>();
        for (int k = 0; k < ids.Count; k++)
        {
            known.Add(Key([.. atoms.GetRange(k * m, m)]));
        }

        for (int i = 0; i < origin.Length; i++)
        {
            string key = Key(signals.AsSpan(i * m, m));
            taken[i] = known.Contains(key);
            if (!taken[i])
            {
                first.TryAdd(key, i);
                count[first[key]]++;
            }
        }

        foreach (int i in Enumerable.Range(0, origin.Length).Where(i => count[i] > 0).OrderByDescending(i => count[i]).ThenBy(i => i))
        {
            if (ids.Count == target)
            {
                break;
            }

            atoms.AddRange(signals.AsSpan(i * m, m));
            ids.Add(origin[i]);
            taken[i] = true;
        }
    }

    /// <summary>The bits of a signal as a key.</summary>
    private static string Key(ReadOnlySpan<float> signal)
    {
        var text = new System.Text.StringBuilder(2 * signal.Length);
        foreach (float value in signal)
        {
            uint bits = BitConverter.SingleToUInt32Bits(value + 0f);
            text.Append((char)(bits >> 16)).Append((char)bits);
        }

        return text.ToString();
    }

    /// <summary>Adds the signals that matching pursuit represents too badly; false when there was no room for one.</summary>
    private bool Grow(float[] signals, long[] origin, int m, List<float> atoms, List<long> ids, bool[] taken, RunContext context, CancellationToken cancellationToken)
    {
        var dictionary = new AtomDictionary([.. atoms], m);
        SparseCodes codes = Coder(dictionary).Encode(SignalView.FromRows(signals, m), new EncodeRequest { Context = context with { Progress = null } }, cancellationToken);
        int added = ids.Count;
        var decoded = new float[m];
        for (int i = 0; i < origin.Length; i++)
        {
            ReadOnlySpan<float> signal = signals.AsSpan(i * m, m);
            dictionary.DecodeRow(codes[i], decoded);
            TensorPrimitives.Subtract(signal, decoded, decoded);
            if (taken[i] || !(Signals.SquaredNorm(decoded) > (double)Options.Tolerance * m) || (Options.SkipNearCopies && IsNearCopy(signal, atoms, added, m)))
            {
                continue;
            }

            if (ids.Count == Options.MaxAtoms)
            {
                return false;
            }

            atoms.AddRange(signal);
            ids.Add(origin[i]);
        }

        return true;
    }

    /// <summary>Whether one of the atoms from a place on represents the signal well enough alone: 1 − cos² is its squared error.</summary>
    private bool IsNearCopy(ReadOnlySpan<float> signal, List<float> atoms, int from, int m)
    {
        for (int k = from; k < atoms.Count / m; k++)
        {
            double cosine = 0;
            for (int c = 0; c < m; c++)
            {
                cosine += (double)signal[c] * atoms[(k * m) + c];
            }

            if (1 - (cosine * cosine) <= (double)Options.Tolerance * m)
            {
                return true;
            }
        }

        return false;
    }
}
