using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Data;

/// <summary>
/// Mixes a source that is larger than memory. The source is cut into chunks of neighbouring rows; an epoch permutes the chunks, joins them to windows
/// of nearly equal size, and permutes the rows of a window. Every row comes once in an epoch. Two rows of one group (a document, a context) follow each
/// other about as often as their share of a window says, because a window takes its chunks from all over the source.
/// What comes at a place is a function of (seed, place) alone; so a run that is resumed reads its window again and nothing has to be saved.
/// </summary>
/// <remarks>
/// One window is held. The slot of a row that has been given is free for a row of the next window, which is read chunk by chunk at the same pace: no batch
/// waits for a whole window but the very first. A source that fits the buffer is read once and kept.
/// </remarks>
internal sealed class ShuffleBuffer
{
    // Smaller reads cost more in system calls than they bring in mixing.
    private const int SmallChunkBytes = 1 << 14;

    // A larger chunk would not be in the core's own cache any more when its rows are copied to their slots.
    private const int LargeChunkBytes = 1 << 17;
    private const int LargestChunkRows = 1024;
    private const int WantedChunks = 256;
    private const int FewestChunks = 64;

    // A row lies anywhere in the buffer; it takes a few copies until it is here.
    private const int RowsAhead = 6;

    private readonly ActivationSource _source;
    private readonly long _seed;
    private readonly int _chunkRows;
    private readonly int _chunks;
    private readonly int _windows;
    private readonly int _slotCount;
    private SignalBatch? _slots;
    private SignalBatch? _chunk;
    private int[] _chunkOrder = [];
    private long _chunkEpoch = -1;
    private int[] _places = [];
    private int[] _nextPlaces = [];
    private int[] _free = [];
    private int _freeCount;
    private int _nextRows;
    private int _nextChunks;
    private long _window = -1;

    /// <summary>Plans the windows; memory is taken when the first rows are wanted.</summary>
    public ShuffleBuffer(ActivationSource source, long seed, long bytes)
    {
        _source = source;
        _seed = seed;
        long rowBytes = 4L * source.Dimension, rows = source.RowCount;
        long slots = Math.Clamp(bytes / rowBytes, 1, Math.Min(rows, Array.MaxLength / source.Dimension));
        bool fits = slots == rows;
        long smallest = Math.Clamp(SmallChunkBytes / rowBytes, 1, Math.Max(1, slots / FewestChunks));
        long largest = Math.Clamp(LargeChunkBytes / rowBytes, 1, LargestChunkRows);
        smallest = Math.Min(smallest, largest);
        _chunkRows = (int)Math.Min(rows, Math.Clamp(slots / WantedChunks, smallest, largest));
        _chunks = ParallelBlocks.Count(rows, _chunkRows);

        // Two chunks of slots beyond the window, so that the next window can be read while this one is given.
        int windowChunks = fits ? _chunks : (int)Math.Max(1, (slots / _chunkRows) - 2);
        _windows = ParallelBlocks.Count(_chunks, windowChunks);
        WindowRows = fits ? (int)rows : windowChunks * _chunkRows;
        _slotCount = fits ? (int)rows : WindowRows + (2 * _chunkRows);
    }

    /// <summary>The most rows that are mixed with each other.</summary>
    public int WindowRows { get; }

    /// <summary>Bytes of slots, chunk and index arrays.</summary>
    public long Bytes => (((long)_slotCount + _chunkRows) * 4 * _source.Dimension) + (12L * _slotCount) + (8L * WindowRows) + (4L * _chunks);

    /// <summary>Fills the batch with rows position .. position + count − 1 of the endless sequence.</summary>
    public void Fill(SignalBatch batch, int count, long position)
    {
        Allocate();
        batch.Count = count;
        for (int done = 0; done < count;)
        {
            (long epoch, long place) = Math.DivRem(position + done, _source.RowCount);
            int window = WindowOf(place);
            int within = (int)(place - FirstRow(window));
            long key = (epoch * _windows) + window;
            if (_window != key)
            {
                Enter(key, within);
            }

            int end = done + (int)Math.Min(count - done, FirstRow(window + 1) - place);
            for (; done < end; done++)
            {
                int slot = _places[within++], ahead = within + RowsAhead;
                if (ahead < _places.Length)
                {
                    _slots!.PrefetchRow(_places[ahead]);
                }

                _slots!.CopyRowTo(slot, batch, done);
                if (_windows > 1)
                {
                    _free[_freeCount++] = slot;
                }
            }
        }

        while (_windows > 1 && _nextChunks < ChunksOf(_window + 1) && _freeCount >= _chunkRows)
        {
            ReadChunk(_window + 1);
        }
    }

    private int FirstChunk(int window) => (int)((long)_chunks * window / _windows);

    private long FirstRow(int window) => Math.Min(_source.RowCount, (long)FirstChunk(window) * _chunkRows);

    private int WindowOf(long place)
    {
        int window = (int)Math.Min(_windows - 1, place / _chunkRows * _windows / _chunks);
        while (window + 1 < _windows && FirstRow(window + 1) <= place)
        {
            window++;
        }

        while (FirstRow(window) > place)
        {
            window--;
        }

        return window;
    }

    private int ChunksOf(long key)
    {
        int window = (int)(key % _windows);
        return FirstChunk(window + 1) - FirstChunk(window);
    }

    private void Allocate()
    {
        if (_slots is not null)
        {
            return;
        }

        _slots = new SignalBatch(_slotCount, _source.Dimension);
        _chunk = new SignalBatch(_chunkRows, _source.Dimension);
        _free = new int[_slotCount];
        _places = new int[WindowRows];
        _nextPlaces = new int[_windows > 1 ? WindowRows : 0];
        Clear();
    }

    private void Clear()
    {
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = _free.Length - 1 - i;
        }

        (_freeCount, _nextRows, _nextChunks) = (_free.Length, 0, 0);
    }

    /// <summary>Makes a window the current one, of which the first rows have been given already (after a resume).</summary>
    private void Enter(long key, int given)
    {
        int rows;
        if (_windows == 1 && _window >= 0)
        {
            // All rows are here; only their order is new, and it must not depend on the order before.
            rows = WindowRows;
            for (int i = 0; i < rows; i++)
            {
                _places[i] = i;
            }
        }
        else
        {
            if (_window < 0 || key != _window + 1)
            {
                Clear();
            }

            int chunks = ChunksOf(key);
            int[] target = _nextPlaces.Length == 0 ? _places : _nextPlaces;
            while (_nextChunks < chunks)
            {
                ReadChunk(key, target);
            }

            rows = _nextRows;
            if (target == _nextPlaces)
            {
                (_places, _nextPlaces) = (_nextPlaces, _places);
            }

            (_nextRows, _nextChunks) = (0, 0);
        }

        _window = key;

        // The slots themselves are shuffled: whichever they are, the row read j-th comes at the same place.
        new RandomStream(_seed, "data.window", (ulong)key).Shuffle(_places.AsSpan(0, rows));
        for (int i = 0; _windows > 1 && i < given; i++)
        {
            _free[_freeCount++] = _places[i];
        }
    }

    private void ReadChunk(long key) => ReadChunk(key, _nextPlaces);

    private void ReadChunk(long key, int[] places)
    {
        (long epoch, long window) = Math.DivRem(key, (long)_windows);
        OrderChunks(epoch);
        long start = (long)_chunkOrder[FirstChunk((int)window) + _nextChunks] * _chunkRows;
        int expected = (int)Math.Min(_chunkRows, _source.RowCount - start);

        // A source may give fewer rows than were asked for, as at the end of a file; what is missing comes with the next read.
        for (int done = 0; done < expected;)
        {
            _source.Position = start + done;
            _source.Read(_chunk!);
            if (_chunk!.Codes is not null)
            {
                Throw.NotSupported("The source gives codes with its batches, which a shuffled stream does not carry yet; load it into memory, or pass the codes to Fit.");
            }

            int count = Math.Min(_chunk.Count, expected - done);
            if (count == 0)
            {
                Throw.InvalidData($"The source says that it has {_source.RowCount} rows, but gives none at row {start + done}.");
            }

            for (int i = 0; i < count; i++)
            {
                int slot = _free[--_freeCount];
                _slots!.Count = _slots.Capacity;
                _chunk.CopyRowTo(i, _slots, slot);
                places[_nextRows++] = slot;
            }

            done += count;
        }

        _nextChunks++;
    }

    private void OrderChunks(long epoch)
    {
        if (_chunkEpoch == epoch)
        {
            return;
        }

        if (_chunkOrder.Length != _chunks)
        {
            _chunkOrder = new int[_chunks];
        }

        for (int i = 0; i < _chunks; i++)
        {
            _chunkOrder[i] = i;
        }

        _chunkEpoch = epoch;
        if (_windows == 1)
        {
            // Read once for all epochs, so its order must not be that of the epoch in which it was read.
            return;
        }

        // The short last chunk stays last, so that only the last window's size depends on it.
        new RandomStream(_seed, "data.chunks", (ulong)epoch).Shuffle(_chunkOrder.AsSpan(0, _chunks - (_source.RowCount % _chunkRows == 0 ? 0 : 1)));
    }
}
