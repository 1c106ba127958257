using SparseCoding.Diagnostics;
using SparseCoding.Kernels;

namespace SparseCoding;

/// <summary>Signals with what is known of each row, kept together through every source and shuffle.</summary>
public sealed class SignalBatch
{
    private readonly float[] _signals;
    private float[] _targets = [];

    /// <summary>A batch with room for that many signals.</summary>
    /// <param name="capacity">The most rows it holds.</param>
    /// <param name="dimension">Dimension of a signal.</param>
    public SignalBatch(int capacity, int dimension)
    {
        Capacity = Throw.AtLeast(capacity, 1, nameof(capacity));
        Dimension = Throw.AtLeast(dimension, 1, nameof(dimension));
        _signals = new float[checked(capacity * dimension)];
    }

    /// <summary>The most rows it holds.</summary>
    public int Capacity { get; }

    /// <summary>Dimension of a signal.</summary>
    public int Dimension { get; }

    /// <summary>Number of rows it holds now.</summary>
    public int Count
    {
        get;
        set => field = value >= 0 && value <= Capacity ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Count must lie between 0 and the capacity {Capacity}.");
    }

    /// <summary>The signals, [count, dimension].</summary>
    public Span<float> Signals => _signals.AsSpan(0, Count * Dimension);

    /// <summary>Row of each signal in its source, [capacity].</summary>
    public long[] RowIds => field ??= new long[Capacity];

    /// <summary>Group of each row (document, subject), [capacity]; null when the source has none.</summary>
    public int[]? Groups { get; set; }

    /// <summary>Label of each row, [capacity]; null when the source has none.</summary>
    public int[]? Labels { get; set; }

    /// <summary>Whether each row counts, [capacity]; null when all do.</summary>
    public bool[]? Mask { get; set; }

    /// <summary>Modality or view of each row, [capacity]; null when there is one.</summary>
    public int[]? Modalities { get; set; }

    /// <summary>Gradient of a downstream loss at each signal, [capacity · dimension]; null when the source has none.</summary>
    public float[]? Gradients { get; set; }

    /// <summary>Dimension of the targets; 0 where there are none.</summary>
    public int TargetDimension { get; private set; }

    /// <summary>What a transcoder is to predict from each signal, [count, target dimension]; empty where there is none. See <see cref="SetTargetDimension"/>.</summary>
    public Span<float> Targets => _targets.AsSpan(0, Count * TargetDimension);

    /// <summary>True codes of the rows, as many as <see cref="Count"/>; null when unknown.</summary>
    public SparseCodes? Codes { get; set; }

    /// <summary>Whether the batch holds the same rows as when it was last given: nothing need be checked or sent again.</summary>
    internal bool IsRepeat { get; set; }

    /// <summary>Makes room for targets of that dimension, [capacity, dimension]; 0 removes them. What <see cref="Targets"/> holds afterwards is unknown where the dimension changes.</summary>
    /// <param name="dimension">Dimension of a target, at least 0.</param>
    public void SetTargetDimension(int dimension)
    {
        Throw.AtLeast(dimension, 0, nameof(dimension));
        if (dimension != TargetDimension)
        {
            _targets = new float[checked(Capacity * dimension)];
            TargetDimension = dimension;
        }
    }

    /// <summary>Whether a row is more than its signal and its number.</summary>
    internal bool HasSideData => TargetDimension != 0 || Groups is not null || Labels is not null || Mask is not null || Modalities is not null || Gradients is not null;

    /// <summary>Copies the signal of one row, nothing else.</summary>
    internal void CopySignalTo(int row, SignalBatch target, int targetRow) =>
        _signals.AsSpan(row * Dimension, Dimension).CopyTo(target._signals.AsSpan(targetRow * Dimension, Dimension));

    /// <summary>Says that a row is copied soon.</summary>
    internal void PrefetchRow(int row) => Prefetch.Row(_signals.AsSpan(row * Dimension, Dimension));

    /// <summary>Copies one row with its side data; columns that the target lacks are made.</summary>
    internal void CopyRowTo(int row, SignalBatch target, int targetRow)
    {
        _signals.AsSpan(row * Dimension, Dimension).CopyTo(target._signals.AsSpan(targetRow * Dimension, Dimension));
        target.RowIds[targetRow] = RowIds[row];
        if (TargetDimension != target.TargetDimension)
        {
            target.SetTargetDimension(TargetDimension);
        }

        _targets.AsSpan(row * TargetDimension, TargetDimension).CopyTo(target._targets.AsSpan(targetRow * TargetDimension));
        if (Groups is not null)
        {
            (target.Groups ??= new int[target.Capacity])[targetRow] = Groups[row];
        }

        if (Labels is not null)
        {
            (target.Labels ??= new int[target.Capacity])[targetRow] = Labels[row];
        }

        if (Mask is not null)
        {
            (target.Mask ??= new bool[target.Capacity])[targetRow] = Mask[row];
        }

        if (Modalities is not null)
        {
            (target.Modalities ??= new int[target.Capacity])[targetRow] = Modalities[row];
        }

        if (Gradients is not null)
        {
            Gradients.AsSpan(row * Dimension, Dimension).CopyTo((target.Gradients ??= new float[target.Capacity * Dimension]).AsSpan(targetRow * Dimension, Dimension));
        }
    }
}
