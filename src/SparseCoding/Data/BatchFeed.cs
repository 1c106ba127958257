namespace SparseCoding.Data;

/// <summary>Where a run takes its batches from.</summary>
internal abstract class BatchFeed : IDisposable
{
    /// <summary>Begins at a position; called once.</summary>
    public abstract void Start(long position);

    /// <summary>The next batch; false at the end of the data. The batch of the call before may be written over.</summary>
    public abstract bool TryNext(out FedBatch fed, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}
