using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// The activations of a named submodule of a model as a source to learn from, [rows, dimension]: the model runs when rows are asked for, and only a few batches of activations are in memory.
/// Rows come batch by batch, in the order of the submodule's output with all axes but the last flattened. The source can be rewound, positioned and resumed as any other: a batch is run
/// again when it is needed again, so that an epoch costs a forward pass over the data.
/// </summary>
/// <remarks>
/// <para>The caller's enumeration must give the same batches in the same order every time it is started; a list (<see cref="IReadOnlyList{T}"/>) is indexed instead, which makes going back free. Tensors
/// that the enumeration creates while it moves on are disposed by the source; those that were there before (a list's) stay the caller's.</para>
/// <para>The hook is there only while the model runs, under no_grad but for a loss. Training mixes rows in a buffer and reads mostly in order; scattered reads run the model once for each batch that they touch, so a
/// long run on a large model is better recorded to a file first: see <see cref="SaveNpy"/>. Side data: <see cref="SignalBatch.Groups"/> is the number of the row's batch; with
/// <see cref="RecordingOptions.Loss"/> the rows have <see cref="SignalBatch.Gradients"/>. Not thread-safe; the model must not be used
/// elsewhere while a row is read, which in training happens on a thread of its own.</para>
/// </remarks>
public sealed partial class RecordedActivations : ActivationSource, IDisposable
{
    private readonly torch.nn.Module _model;
    private readonly string _submodule;
    private readonly Action<torch.Tensor> _run;
    private readonly RecordingOptions _options;
    private readonly BatchCursor _batches;
    private readonly long[] _starts;
    private readonly LinkedList<(int Batch, RecordedRows Rows)> _cache = new();
    private long _cachedBytes;

    /// <summary>Looks at all batches once to count rows (the model does not run), and runs the model on the first to see the dimension.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it, such as "blocks.2"; "" is the model itself. It takes one to four tensors, gives one, and is run by call.</param>
    /// <param name="batches">Inputs of the model, the same ones in the same order at every enumeration.</param>
    /// <param name="run">Runs the model on a batch; what it returns is not looked at. Null calls a model that takes one tensor and gives one.</param>
    /// <param name="options">Which rows, and how much is kept; null for defaults.</param>
    /// <exception cref="ArgumentException">No such submodule, no batches, or no rows.</exception>
    /// <exception cref="NotSupportedException">The submodule gives something else than one tensor.</exception>
    /// <exception cref="InvalidOperationException">The submodule was not reached, or run by forward, which knows no hooks.</exception>
    /// <exception cref="InvalidDataException">Activations that are NaN or infinite, of a type that is not floating, or not as many rows as expected.</exception>
    public RecordedActivations(torch.nn.Module model, string submodule, IEnumerable<torch.Tensor> batches, Action<torch.Tensor>? run = null, RecordingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(submodule);
        ArgumentNullException.ThrowIfNull(batches);
        _model = model;
        _submodule = submodule;
        _options = options ?? new RecordingOptions();
        if (run is not null && _options.Loss is not null)
        {
            Throw.Argument("run and RecordingOptions.Loss both say how the model is run; leave one out.", nameof(run));
        }

        _run = run ?? (_options.Loss is not null ? _ => { } : model is torch.nn.Module<torch.Tensor, torch.Tensor> plain
            ? batch => plain.call(batch)
            : throw new ArgumentNullException(nameof(run), $"run says how the model is run, because {model.GetType().Name} is not a Module<Tensor, Tensor>."));
        _batches = new BatchCursor(batches);
        _starts = CountRows();
        if (_starts[^1] == 0)
        {
            Throw.Argument($"batches holds no rows ({_starts.Length - 1} batches).", nameof(batches));
        }

        int first = 0;
        while (_starts[first + 1] == 0)
        {
            first++;
        }

        Dimension = 0;
        float[] rows = Load(first).Values;
        Dimension = (int)(rows.Length / (_starts[first + 1] - _starts[first]));
    }

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    public override long RowCount => _starts[^1];

    /// <summary>Number of batches.</summary>
    public int BatchCount => _starts.Length - 1;

    /// <summary>How often the model has run on a batch so far: what passes and scattered reads cost.</summary>
    public long ModelRuns { get; private set; }

    /// <inheritdoc/>
    public override long Position
    {
        get;
        set => field = value >= 0 && value <= RowCount ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Position must lie between 0 and the {RowCount} rows of the source.");
    }

    /// <inheritdoc/>
    public override void Read(SignalBatch batch)
    {
        Require(batch);
        int count = (int)Math.Min(batch.Capacity, RowCount - Position);
        batch.Count = count;
        for (int done = 0; done < count;)
        {
            long row = Position + done;
            int from = BatchOf(row), take = (int)Math.Min(count - done, _starts[from + 1] - row);
            Load(from).CopyTo((int)(row - _starts[from]), take, batch, done);
            for (int i = 0; i < take; i++, done++)
            {
                batch.RowIds[done] = row + i;
                batch.Groups![done] = from;
            }
        }

        Position += count;
    }

    /// <inheritdoc/>
    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        Require(batch);
        var order = new int[rows.Length];
        var wanted = rows.ToArray();
        for (int i = 0; i < order.Length; i++)
        {
            if (wanted[i] < 0 || wanted[i] >= RowCount)
            {
                Throw.OutOfRange(nameof(rows), wanted[i], $"between 0 and {RowCount - 1}");
            }

            order[i] = i;
        }

        // Each batch that is touched runs once, in order.
        Array.Sort(wanted, order);
        batch.Count = order.Length;
        for (int i = 0; i < order.Length; i++)
        {
            int from = BatchOf(wanted[i]), place = order[i];
            Load(from).CopyTo((int)(wanted[i] - _starts[from]), 1, batch, place);
            batch.RowIds[place] = wanted[i];
            batch.Groups![place] = from;
        }
    }

    /// <summary>Ends the enumeration and lets the recorded batches go; the model and a list's tensors stay as they are.</summary>
    public void Dispose()
    {
        _batches.Dispose();
        _cache.Clear();
    }

    private void Require(SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Dimension != Dimension)
        {
            Throw.Argument($"batch has room for signals of dimension {batch.Dimension}, but the source has {Dimension}.", nameof(batch));
        }

        batch.Groups ??= new int[batch.Capacity];
    }

    private int BatchOf(long row)
    {
        // The last batch that starts at or before the row; empty ones start where the next does.
        int place = Array.BinarySearch(_starts, row);
        if (place < 0)
        {
            return ~place - 1;
        }

        while (_starts[place + 1] == _starts[place])
        {
            place++;
        }

        return place;
    }
}
