namespace SparseCoding.Data;

/// <summary>Batches of pushed rows. The position counts rows given; the channel itself keeps what waits.</summary>
internal sealed class ChannelFeed(ActivationChannel channel, int batchSize, long seed) : BatchFeed
{
    private readonly SignalBatch _batch = new(batchSize, channel.Dimension);
    private long _position;

    /// <inheritdoc/>
    public override void Start(long position)
    {
        _position = position;
        channel.StartReading(seed);
    }

    /// <inheritdoc/>
    public override bool TryNext(out FedBatch fed, CancellationToken cancellationToken)
    {
        long before = _position;
        bool any = channel.TryTake(_batch, cancellationToken);
        _position += any ? _batch.Count : 0;
        fed = new FedBatch(_batch, before, _position);
        return any;
    }

    /// <summary>Lets go of a producer that waits for room.</summary>
    public override void Dispose() => channel.StopReading();
}
