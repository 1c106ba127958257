using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Activations that the caller makes while a trainer learns from them: one thread writes, another runs the trainer
/// (<see cref="Trainer.Run(ActivationChannel, CancellationToken)"/>). A writer that is ahead waits. Rows are mixed in a buffer: it is filled, a batch is
/// drawn from it at random, and it is filled again; so which rows make up a batch depends on the order of the rows and on the seed, never on timing.
/// When the channel is completed the buffer is given to its end: every row is used once, and the last batch may be smaller.
/// </summary>
/// <remarks>Memory: 8 · dimension · BufferRows bytes, half in the mixing buffer and half in a queue before it. Safe for several writers and one trainer.</remarks>
public sealed class ActivationChannel
{
    private readonly object _gate = new();
    private readonly float[] _queue;
    private readonly float[] _rows;
    private readonly long[] _rowIds;
    private int _head;
    private int _waiting;
    private RandomStream? _stream;
    private ulong _draws;
    private int _count;
    private long _written;
    private bool _completed;
    private bool _closed;
    private Exception? _error;

    /// <summary>A channel without rows.</summary>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="bufferRows">Rows of the mixing buffer, and the most that wait before it; at least the rows of a batch.</param>
    public ActivationChannel(int dimension, int bufferRows = 65_536)
    {
        Dimension = Throw.AtLeast(dimension, 1, nameof(dimension));
        BufferRows = Throw.AtLeast(bufferRows, 1, nameof(bufferRows));
        if ((long)dimension * bufferRows > Array.MaxLength)
        {
            Throw.Argument($"A buffer of {bufferRows} rows of dimension {dimension} does not fit one array; take fewer rows.", nameof(bufferRows));
        }

        _queue = new float[dimension * bufferRows];
        _rows = new float[dimension * bufferRows];
        _rowIds = new long[bufferRows];
    }

    /// <summary>Dimension of the signals.</summary>
    public int Dimension { get; }

    /// <summary>Rows of the mixing buffer.</summary>
    public int BufferRows { get; }

    /// <summary>Rows written so far.</summary>
    public long RowsWritten
    {
        get
        {
            lock (_gate)
            {
                return _written;
            }
        }
    }

    /// <summary>Rows that the trainer's side has taken so far, those of a resumed run before it included.</summary>
    internal long RowsTaken { get; private set; }

    /// <summary>What a checkpoint compares.</summary>
    internal string Fingerprint => $"channel of dimension {Dimension} mixed over {BufferRows} rows";

    /// <summary>Pushes rows, and waits while the trainer is behind.</summary>
    /// <param name="signals">Signals, [samples, dimension], finite; copied.</param>
    /// <param name="cancellationToken">Stops waiting; some of the rows may have been pushed by then (see <see cref="RowsWritten"/>).</param>
    /// <returns>False when the trainer wants no more rows (its run has ended): stop pushing.</returns>
    /// <exception cref="ArgumentException">Of another dimension, or not finite; then none has been pushed.</exception>
    /// <exception cref="InvalidOperationException">The channel was completed.</exception>
    public bool Write(SignalView signals, CancellationToken cancellationToken = default)
    {
        signals.ThrowIfInvalid(nameof(signals), Dimension, "the channel");
        using CancellationTokenRegistration wake = cancellationToken.Register(Wake);
        for (int done = 0; done < signals.RowCount;)
        {
            lock (_gate)
            {
                while (_waiting == BufferRows && !_completed && !_closed)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }

                if (_completed)
                {
                    Throw.InvalidOperation("The channel was completed; rows cannot be written after Complete.");
                }

                if (_closed)
                {
                    return false;
                }

                int tail = (int)(((long)_head + _waiting) % BufferRows);
                int count = Math.Min(Math.Min(signals.RowCount - done, BufferRows - _waiting), BufferRows - tail);
                signals.CopyRows(done, count, _queue.AsSpan(tail * Dimension, count * Dimension));
                done += count;
                _waiting += count;
                _written += count;
                Monitor.PulseAll(_gate);
            }
        }

        return true;
    }

    /// <summary>Says that no more rows come; the trainer uses up what waits and ends its run.</summary>
    /// <param name="error">Why the rows end, where that is a failure: the trainer's run throws it, as the inner exception, when it needs more rows. Null for the plain end.</param>
    public void Complete(Exception? error = null)
    {
        lock (_gate)
        {
            _error = error;
            _completed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The trainer begins to take rows.</summary>
    internal void StartReading(long seed)
    {
        lock (_gate)
        {
            _closed = false;
            _stream ??= new RandomStream(seed, "data.mixing") { Position = _draws };
        }
    }

    /// <summary>The trainer takes no more for now: a writer that waits is let go.</summary>
    internal void StopReading()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Fills the buffer, waiting for rows, and then the batch with rows drawn from it; false when there is none left. Cancelled while it waits it has
    /// drawn nothing, so the state is that of the batch before and some more rows in the buffer.
    /// </summary>
    internal bool TryTake(SignalBatch batch, CancellationToken cancellationToken)
    {
        using (cancellationToken.Register(Wake))
        {
            FillBuffer(cancellationToken);
        }

        if (_count == 0)
        {
            // The batch of the call before stays as it is: the run that ends here measures it once more.
            return false;
        }

        batch.Count = Math.Min(batch.Capacity, _count);
        for (int i = 0; i < batch.Count; i++)
        {
            int slot = _stream!.NextInt(_count);
            _rows.AsSpan(slot * Dimension, Dimension).CopyTo(batch.Signals[(i * Dimension)..]);
            batch.RowIds[i] = _rowIds[slot];
            _count--;
            _rows.AsSpan(_count * Dimension, Dimension).CopyTo(_rows.AsSpan(slot * Dimension, Dimension));
            _rowIds[slot] = _rowIds[_count];
        }

        return true;
    }

    /// <summary>What waits in the buffer, for a checkpoint. Called between batches, by the trainer's thread.</summary>
    internal MixingState SaveMixing() =>
        new(BufferRows, _rows.AsSpan(0, _count * Dimension).ToArray(), _rowIds.AsSpan(0, _count).ToArray(), RowsTaken, _stream?.Position ?? _draws);

    /// <summary>Refuses a channel of another shape than that of the saved buffer, or one that has been read; changes nothing.</summary>
    internal void CheckMixing(MixingState? state)
    {
        if (state is null)
        {
            return;
        }

        if (state.Capacity != BufferRows || state.Rows.Length != (long)state.RowIds.Length * Dimension)
        {
            Throw.InvalidOperation($"This run was mixed over {state.Capacity} rows, but the channel has BufferRows {BufferRows}: it would not go on with the same bits.");
        }

        if (_count > 0 || RowsTaken > 0)
        {
            Throw.InvalidOperation("The run goes on with rows that waited in its buffer, so it needs a channel of its own; this one has been read already.");
        }
    }

    /// <summary>Puts back what waited; see <see cref="CheckMixing"/>.</summary>
    internal void RestoreMixing(MixingState? state)
    {
        if (state is null)
        {
            return;
        }

        CheckMixing(state);
        state.Rows.CopyTo(_rows, 0);
        state.RowIds.CopyTo(_rowIds, 0);
        _count = state.RowIds.Length;
        RowsTaken = state.RowsTaken;
        _draws = state.Draws;
        _stream = null;
    }

    private void FillBuffer(CancellationToken cancellationToken)
    {
        while (_count < BufferRows)
        {
            lock (_gate)
            {
                while (_waiting == 0 && !_completed)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }

                if (_waiting == 0)
                {
                    if (_error is not null)
                    {
                        throw new InvalidOperationException($"The rows of the channel ended with an error: {_error.Message}", _error);
                    }

                    return;
                }

                int count = Math.Min(Math.Min(_waiting, BufferRows - _count), BufferRows - _head);
                _queue.AsSpan(_head * Dimension, count * Dimension).CopyTo(_rows.AsSpan(_count * Dimension));
                for (int i = 0; i < count; i++)
                {
                    _rowIds[_count++] = RowsTaken++;
                }

                _head = (_head + count) % BufferRows;
                _waiting -= count;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
