namespace SparseCoding.Contracts;

/// <summary>Signals and, row by row, what is to be predicted from them: two sources read side by side. Their positions move together.</summary>
internal sealed class PairedActivationSource : ActivationSource
{
    private readonly ActivationSource _signals;
    private readonly ActivationSource _targets;
    private SignalBatch? _read;

    /// <summary>Pairs sources of as many rows.</summary>
    public PairedActivationSource(ActivationSource signals, ActivationSource targets)
    {
        _signals = signals;
        _targets = targets;
    }

    /// <inheritdoc/>
    public override int Dimension => _signals.Dimension;

    /// <inheritdoc/>
    public override int TargetDimension => _targets.Dimension;

    /// <inheritdoc/>
    public override long RowCount => _signals.RowCount;

    /// <inheritdoc/>
    public override long Position
    {
        get => _signals.Position;
        set => _signals.Position = _targets.Position = value;
    }

    /// <inheritdoc/>
    public override bool IsInMemory => _signals.IsInMemory && _targets.IsInMemory;

    /// <inheritdoc/>
    public override void Read(SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long first = _signals.Position;
        _targets.Position = first;
        _signals.Read(batch);
        Room(batch);
        _targets.Read(_read!);
        if (_read!.Count != batch.Count)
        {
            // Files may end a read at a shard's end: then the targets come by their numbers.
            var rows = new long[batch.Count];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = first + i;
            }

            _targets.Gather(rows, _read);
            _targets.Position = _signals.Position;
        }

        Copy(batch);
    }

    /// <inheritdoc/>
    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _signals.Gather(rows, batch);
        Room(batch);
        _targets.Gather(rows, _read!);
        Copy(batch);
    }

    /// <inheritdoc/>
    internal override ActivationSource? OpenReader()
    {
        ActivationSource? signals = _signals.OpenReader(), targets = _targets.OpenReader();
        if (signals is not null && targets is not null)
        {
            return new PairedActivationSource(signals, targets);
        }

        signals?.CloseReader();
        targets?.CloseReader();
        return null;
    }

    /// <inheritdoc/>
    internal override void CloseReader()
    {
        _signals.CloseReader();
        _targets.CloseReader();
    }

    private void Room(SignalBatch batch)
    {
        if (_read is null || _read.Capacity != batch.Capacity)
        {
            _read = new SignalBatch(batch.Capacity, _targets.Dimension);
        }
    }

    private void Copy(SignalBatch batch)
    {
        batch.SetTargetDimension(_targets.Dimension);
        _read!.Signals.CopyTo(batch.Targets);
    }
}
