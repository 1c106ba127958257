using System.Runtime.ExceptionServices;

namespace SparseCoding.Data;

/// <summary>
/// Batches of a <see cref="BatchFeeder"/>, prepared ahead by one thread where that pays. The batches and their order are those of the feeder itself; an
/// error of the source comes with the batch it belongs to, not before.
/// </summary>
internal sealed class SourceFeed : BatchFeed
{
    private const int Depth = 4;

    private readonly BatchFeeder _feeder;
    private readonly (SignalBatch Batch, long Before, long After, ExceptionDispatchInfo? Fault)[] _ring;
    private readonly SemaphoreSlim? _ready;
    private readonly SemaphoreSlim? _room;
    private Thread? _reader;
    private volatile bool _stop;
    private int _taken = -1;

    /// <summary>Feeds from a feeder; ahead says whether a thread may be used.</summary>
    public SourceFeed(BatchFeeder feeder, int dimension, bool ahead)
    {
        _feeder = feeder;
        bool threaded = ahead && feeder.PaysToReadAhead;

        // A batch stays as it is until the next one is whole, so that a run which ends in between can still measure it; where all rows are one batch,
        // there is but that one.
        _ring = new (SignalBatch, long, long, ExceptionDispatchInfo?)[threaded ? Depth : feeder.PaysToReadAhead ? 2 : 1];
        for (int i = 0; i < _ring.Length; i++)
        {
            _ring[i].Batch = new SignalBatch(feeder.BatchSize, dimension);
        }

        if (threaded)
        {
            _ready = new SemaphoreSlim(0);
            _room = new SemaphoreSlim(Depth);
        }
    }

    /// <inheritdoc/>
    public override void Start(long position)
    {
        _feeder.Position = position;
        if (_ready is not null)
        {
            _reader = new Thread(ReadAhead) { IsBackground = true, Name = "SparseCoding reader" };
            _reader.Start();
        }
    }

    /// <inheritdoc/>
    public override bool TryNext(out FedBatch fed, CancellationToken cancellationToken)
    {
        if (_ready is null)
        {
            int next = (_taken + 1) % _ring.Length;
            Prepare(next);
            _taken = next;
        }
        else
        {
            _ready.Wait(cancellationToken);
            int next = (_taken + 1) % Depth;
            _ring[next].Fault?.Throw();
            if (_taken >= 0)
            {
                // The batch of the call before is done with.
                _room!.Release();
            }

            _taken = next;
        }

        fed = new FedBatch(_ring[_taken].Batch, _ring[_taken].Before, _ring[_taken].After);
        return true;
    }

    /// <summary>Stops the reader, waits for it and disposes the feeder.</summary>
    public override void Dispose()
    {
        _stop = true;
        if (_reader is not null)
        {
            _room!.Release();
            _reader.Join();
        }

        _feeder.Dispose();
        _ready?.Dispose();
        _room?.Dispose();
    }

    private void Prepare(int place)
    {
        _ring[place].Before = _feeder.Position;
        _feeder.Next(_ring[place].Batch);
        _ring[place].After = _feeder.Position;
    }

    private void ReadAhead()
    {
        for (int place = 0; ; place = (place + 1) % Depth)
        {
            _room!.Wait();
            if (_stop)
            {
                return;
            }

            try
            {
                Prepare(place);
            }
#pragma warning disable CA1031 // Kept for the caller's thread, whatever it is: escaping here would end the process.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _ring[place].Fault = ExceptionDispatchInfo.Capture(exception);
                _ready!.Release();
                return;
            }

            _ready!.Release();
        }
    }
}
