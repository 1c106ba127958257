using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Data;

/// <summary>
/// Endless shuffled batches from a source, in bounded memory. Rows in memory are permuted as a whole in every epoch; those of other sources are
/// mixed in a <see cref="ShuffleBuffer"/>. Everything is a function of (seed, epoch, place), so the state to checkpoint is one number and resuming
/// gives the same batches.
/// </summary>
internal sealed class BatchFeeder : IDisposable
{
    private readonly ActivationSource _source;
    private readonly long _seed;
    private readonly bool _ordered;
    private readonly ShuffleBuffer? _buffer;
    private int[] _order = [];
    private long[] _wanted = [];
    private long _orderEpoch = -1;
    private bool _ownsContent;

    /// <summary>Feeds batches of a size from a source.</summary>
    /// <param name="source">The signals; must not be empty.</param>
    /// <param name="batchSize">Rows of a batch; 0, or at least the number of rows, gives all rows in their order, every time.</param>
    /// <param name="seed">Seed of the permutations.</param>
    /// <param name="bufferBytes">Bytes in which rows are mixed when the source is not in memory.</param>
    /// <param name="readAhead">Whether threads may read ahead of a source that is mixed; then the feeder must be disposed.</param>
    public BatchFeeder(ActivationSource source, int batchSize, long seed, long bufferBytes, bool readAhead = false)
    {
        long rows = source.RowCount;
        if (rows < 1)
        {
            Throw.Argument("The source holds no signals.", "data");
        }

        _source = source;
        _seed = seed;
        _ordered = batchSize == 0 || batchSize >= rows;
        if (rows > Array.MaxLength && (_ordered || source.IsInMemory))
        {
            Throw.Argument($"The source holds {rows} rows; in memory, or in one batch, there may be at most {Array.MaxLength}.", "data");
        }

        BatchSize = _ordered ? checked((int)rows) : batchSize;
        if (_ordered && (long)BatchSize * source.Dimension > Array.MaxLength)
        {
            Throw.Argument($"A batch of all {rows} rows of dimension {source.Dimension} does not fit in memory; set a smaller BatchSize.", "data");
        }

        if (!source.IsInMemory && !_ordered)
        {
            _buffer = new ShuffleBuffer(source, seed, bufferBytes, readAhead);
        }
    }

    /// <summary>Rows of a window of a source that streams; 0 where all rows are permuted together or come in order.</summary>
    public int WindowRows => _buffer?.WindowRows ?? 0;

    /// <summary>Neighbouring rows that are read together into a window; 0 as for <see cref="WindowRows"/>.</summary>
    public int ChunkRows => _buffer?.ChunkRows ?? 0;

    /// <summary>Bytes of the buffer in which a source that streams is mixed; they are taken with the first batch.</summary>
    public long BufferBytes => _buffer?.Bytes ?? 0;

    /// <summary>Whether another thread may prepare batches ahead: not where one batch is all there is, nor where rows cost nothing to reach.</summary>
    public bool PaysToReadAhead => _buffer is not null;

    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Rows given so far, over all epochs: set it to resume.</summary>
    public long Position { get; set; }

    /// <summary>Fills the batch (its capacity must be <see cref="BatchSize"/>, and without a buffer it must be the same one at every call) with the next rows.</summary>
    public void Next(SignalBatch batch)
    {
        long rows = _source.RowCount;
        if (_ordered)
        {
            batch.IsRepeat = _ownsContent;
            if (!_ownsContent)
            {
                ReadAll(batch);
                _ownsContent = true;
            }

            Position += rows;
            return;
        }

        if (_buffer is not null)
        {
            _buffer.Fill(batch, BatchSize, Position);
            Position += BatchSize;
            return;
        }

        if (_wanted.Length != BatchSize)
        {
            _wanted = new long[BatchSize];
        }

        for (int i = 0; i < _wanted.Length; i++, Position++)
        {
            (long epoch, long place) = Math.DivRem(Position, rows);
            Permute(epoch, (int)rows);
            _wanted[i] = _order[(int)place];
        }

        _source.Gather(_wanted, batch);
    }

    /// <summary>Ends the threads that read ahead.</summary>
    public void Dispose() => _buffer?.Dispose();

    /// <summary>Fills the batch with all rows; a source may give fewer at a time than it is asked for.</summary>
    private void ReadAll(SignalBatch batch)
    {
        _source.Rewind();
        _source.Read(batch);
        if (batch.Count == BatchSize)
        {
            return;
        }

        if (batch.Codes is not null)
        {
            Throw.NotSupported("The source gives codes with its batches, but not all rows at once; pass the codes to Fit.");
        }

        int done = batch.Count;
        var part = new SignalBatch(BatchSize, _source.Dimension);
        batch.Count = BatchSize;
        while (done < BatchSize)
        {
            _source.Position = done;
            _source.Read(part);
            int count = Math.Min(part.Count, BatchSize - done);
            if (count == 0)
            {
                Throw.InvalidData($"The source says that it has {BatchSize} rows, but gives none at row {done}.");
            }

            for (int i = 0; i < count; i++)
            {
                part.CopyRowTo(i, batch, done + i);
            }

            done += count;
        }
    }

    private void Permute(long epoch, int count)
    {
        if (_orderEpoch == epoch)
        {
            return;
        }

        if (_order.Length != count)
        {
            _order = new int[count];
        }

        for (int i = 0; i < count; i++)
        {
            _order[i] = i;
        }

        new RandomStream(_seed, "data.rows", (ulong)epoch).Shuffle<int>(_order);
        _orderEpoch = epoch;
    }
}
