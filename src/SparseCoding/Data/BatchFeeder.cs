using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Data;

/// <summary>
/// Endless shuffled batches from a source, in bounded memory. Rows in memory are permuted as a whole in every epoch. Other sources are cut
/// into chunks; an epoch permutes the chunks, reads a window of several at a time and permutes the rows within it. Everything is a function of
/// (seed, epoch, place), so the state to checkpoint is one number and resuming gives the same batches.
/// </summary>
internal sealed class BatchFeeder
{
    /// <summary>Rows that are read from a file in one go.</summary>
    private const int ChunkRows = 1024;

    private readonly ActivationSource _source;
    private readonly long _seed;
    private readonly bool _ordered;
    private readonly int _windowChunks;
    private readonly SignalBatch? _window;
    private readonly SignalBatch? _chunk;
    private int[] _order = [];
    private int[] _chunkOrder = [];
    private long _orderKey = -1;
    private long _epochOfChunks = -1;
    private bool _ownsContent;

    /// <summary>Feeds batches of a size from a source.</summary>
    /// <param name="source">The signals; must not be empty.</param>
    /// <param name="batchSize">Rows of a batch; 0, or at least the number of rows, gives all rows in their order, every time.</param>
    /// <param name="seed">Seed of the permutations.</param>
    /// <param name="memoryBudget">Bytes that the window may use when the source is not in memory.</param>
    public BatchFeeder(ActivationSource source, int batchSize, long seed, long memoryBudget)
    {
        long rows = source.RowCount;
        if (rows < 1)
        {
            Throw.Argument("The source holds no signals.", "data");
        }

        if (rows > Array.MaxLength)
        {
            Throw.Argument($"The source holds {rows} rows; one epoch may hold at most {Array.MaxLength}. Train on shards one after the other.", "data");
        }

        _source = source;
        _seed = seed;
        _ordered = batchSize == 0 || batchSize >= rows;
        BatchSize = _ordered ? checked((int)rows) : batchSize;
        if (_ordered && (long)BatchSize * source.Dimension > Array.MaxLength)
        {
            Throw.Argument($"A batch of all {rows} rows of dimension {source.Dimension} does not fit in memory; set a smaller BatchSize.", "data");
        }

        if (!source.IsInMemory && !_ordered)
        {
            long budgetRows = Math.Min(memoryBudget / 4, int.MaxValue / 2) / (4L * source.Dimension);
            _windowChunks = (int)Math.Clamp(budgetRows / ChunkRows, 1, ParallelBlocks.Count(rows, ChunkRows));
            _window = new SignalBatch(_windowChunks * ChunkRows, source.Dimension);
            _chunk = new SignalBatch(ChunkRows, source.Dimension);
        }
    }

    /// <summary>Rows of a window of a source that streams; 0 where all rows are permuted together or come in order.</summary>
    public int WindowRows => _windowChunks * ChunkRows;

    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Rows given so far, over all epochs: set it to resume.</summary>
    public long Position { get; set; }

    /// <summary>Fills the batch (its capacity must be <see cref="BatchSize"/>, and it must be the same one at every call) with the next rows.</summary>
    public void Next(SignalBatch batch)
    {
        long rows = _source.RowCount;
        if (_ordered)
        {
            batch.IsRepeat = _ownsContent;
            if (!_ownsContent)
            {
                _source.Rewind();
                _source.Read(batch);
                _ownsContent = true;
            }

            Position += rows;
            return;
        }

        if (_source.IsInMemory)
        {
            var wanted = new long[BatchSize];
            for (int i = 0; i < wanted.Length; i++, Position++)
            {
                long epoch = Position / rows;
                Permute(epoch, (int)rows, "data.rows", (ulong)epoch);
                wanted[i] = _order[(int)(Position % rows)];
            }

            _source.Gather(wanted, batch);
            return;
        }

        batch.Count = BatchSize;
        for (int i = 0; i < BatchSize; i++, Position++)
        {
            (long epoch, long place) = Math.DivRem(Position, rows);
            (long window, long within) = Math.DivRem(place, (long)_windowChunks * ChunkRows);
            LoadWindow(epoch, window);
            _window!.CopyRowTo(_order[(int)within], batch, i);
        }
    }

    private void LoadWindow(long epoch, long window)
    {
        long windows = ParallelBlocks.Count(_source.RowCount, _windowChunks * ChunkRows);
        long key = (epoch * windows) + window;
        if (_orderKey == key)
        {
            return;
        }

        int chunks = ParallelBlocks.Count(_source.RowCount, ChunkRows);
        if (_epochOfChunks != epoch)
        {
            _chunkOrder = [.. Enumerable.Range(0, chunks)];
            var stream = new RandomStream(_seed, "data.chunks", (ulong)epoch);

            // The short last chunk stays last, so that every window but the last one is full.
            stream.Shuffle(_chunkOrder.AsSpan(0, chunks - (_source.RowCount % ChunkRows == 0 ? 0 : 1)));
            _epochOfChunks = epoch;
        }

        _window!.Count = 0;
        int filled = 0;
        for (long c = window * _windowChunks; c < Math.Min(chunks, (window + 1) * _windowChunks); c++)
        {
            _source.Position = (long)_chunkOrder[c] * ChunkRows;
            _source.Read(_chunk!);
            if (_chunk!.Codes is not null)
            {
                Throw.NotSupported("The source gives codes with its batches, which a shuffled stream does not carry yet; load it into memory, or pass the codes to Fit.");
            }

            _window.Count = filled + _chunk!.Count;
            for (int i = 0; i < _chunk.Count; i++)
            {
                _chunk.CopyRowTo(i, _window, filled + i);
            }

            filled += _chunk.Count;
        }

        Permute(key, filled, "data.window", (ulong)key);
    }

    private void Permute(long key, int count, string purpose, ulong index)
    {
        if (_orderKey == key && _order.Length == count)
        {
            return;
        }

        _order = [.. Enumerable.Range(0, count)];
        new RandomStream(_seed, purpose, index).Shuffle<int>(_order);
        _orderKey = key;
    }
}
