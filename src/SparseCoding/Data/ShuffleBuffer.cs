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
/// waits for a whole window but the very first. A source that fits the buffer is read once and kept. Where the source can be read by several threads and
/// the caller allows it, the chunks are read ahead by a <see cref="ChunkReader"/>.
/// </remarks>
internal sealed class ShuffleBuffer : IDisposable
{
    // Smaller reads cost more in system calls than they bring in mixing.
    private const int SmallChunkBytes = 1 << 14;

    // A disk gives twice as much in requests of this size as in requests of an eighth; still larger ones bring little more.
    private const int LargeChunkBytes = 1 << 20;
    private const int LargestChunkRows = 4096;
    private const int WantedChunks = 512;
    private const int FewestChunks = 64;

    // A row lies anywhere in the buffer; it takes a few copies until it is here.
    private const int RowsAhead = 6;

    private readonly ActivationSource _source;
    private readonly long _seed;
    private readonly int _chunks;
    private readonly int _windows;
    private readonly int _slotCount;
    private readonly bool _readAhead;
    private SignalBatch? _slots;
    private SignalBatch? _chunk;
    private ChunkReader? _reader;
    private int[] _chunkOrder = [];
    private long _chunkEpoch = -1;

    // What comes at each place of the window: the slot in which it lies, and which of the window's rows it is as they were read.
    private (int Slot, int Read)[] _places = [];
    private (int Slot, int Read)[] _nextPlaces = [];

    // First row of each of the window's chunks; −1 where the source numbers its rows otherwise, and the slots hold their numbers.
    private long[] _firstRows = [];
    private long[] _nextFirstRows = [];
    private int[] _free = [];
    private int _freeCount;
    private int _nextRows;
    private int _nextChunks;
    private long _window = -1;

    /// <summary>Plans the windows; memory is taken when the first rows are wanted.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="seed">Seed of the permutations.</param>
    /// <param name="bytes">Bytes of the rows that are held.</param>
    /// <param name="readAhead">Whether threads may read chunks ahead of their turn.</param>
    public ShuffleBuffer(ActivationSource source, long seed, long bytes, bool readAhead = false)
    {
        _source = source;
        _seed = seed;
        _readAhead = readAhead;
        long rowBytes = 4L * source.Dimension, rows = source.RowCount;
        long slots = Math.Clamp(bytes / rowBytes, 1, Math.Min(rows, Array.MaxLength / source.Dimension));
        bool fits = slots == rows;
        long smallest = Math.Clamp(SmallChunkBytes / rowBytes, 1, Math.Max(1, slots / FewestChunks));
        long largest = Math.Clamp(LargeChunkBytes / rowBytes, 1, LargestChunkRows);
        smallest = Math.Min(smallest, largest);
        ChunkRows = (int)Math.Min(rows, Math.Clamp(slots / WantedChunks, smallest, largest));
        _chunks = ParallelBlocks.Count(rows, ChunkRows);

        // Two chunks of slots beyond the window, so that the next window can be read while this one is given.
        int windowChunks = fits ? _chunks : (int)Math.Max(1, (slots / ChunkRows) - 2);
        _windows = ParallelBlocks.Count(_chunks, windowChunks);
        WindowRows = fits ? (int)rows : windowChunks * ChunkRows;
        _slotCount = fits ? (int)rows : WindowRows + (2 * ChunkRows);
    }

    /// <summary>Neighbouring rows that are read together.</summary>
    public int ChunkRows { get; }

    /// <summary>The most rows that are mixed with each other.</summary>
    public int WindowRows { get; }

    /// <summary>Bytes of slots, chunks and index arrays.</summary>
    public long Bytes => (((long)_slotCount + ((_readAhead ? ChunkReader.Depth : 1) * (long)ChunkRows)) * 4 * _source.Dimension) + (4L * _slotCount) + (16L * WindowRows) + (4L * _chunks);

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
            Copy(_places.AsSpan(within), batch, done, end - done);
            done = end;
        }

        while (_windows > 1 && _nextChunks < ChunksOf(_window + 1) && _freeCount >= ChunkRows)
        {
            ReadChunk(_window + 1);
        }
    }

    /// <summary>Ends the threads that read ahead.</summary>
    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
    }

    /// <summary>Copies the rows of the next places into the batch and frees their slots.</summary>
    private void Copy(ReadOnlySpan<(int Slot, int Read)> places, SignalBatch batch, int target, int count)
    {
        SignalBatch slots = _slots!;
        bool whole = slots.HasSideData;
        for (int i = 0; i < count; i++)
        {
            (int slot, int read) = places[i];
            if (i + RowsAhead < places.Length)
            {
                slots.PrefetchRow(places[i + RowsAhead].Slot);
            }

            if (whole)
            {
                slots.CopyRowTo(slot, batch, target + i);
            }
            else
            {
                slots.CopySignalTo(slot, batch, target + i);
            }

            (int chunk, int row) = Math.DivRem(read, ChunkRows);
            batch.RowIds[target + i] = _firstRows[chunk] < 0 ? slots.RowIds[slot] : _firstRows[chunk] + row;
            if (_windows > 1)
            {
                _free[_freeCount++] = slot;
            }
        }
    }

    private int FirstChunk(int window) => (int)((long)_chunks * window / _windows);

    private long FirstRow(int window) => Math.Min(_source.RowCount, (long)FirstChunk(window) * ChunkRows);

    private int WindowOf(long place)
    {
        int window = (int)Math.Min(_windows - 1, place / ChunkRows * _windows / _chunks);
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
        _reader = _readAhead ? ChunkReader.Open(_source, ChunkRows, FirstRowOf) : null;
        _chunk = _reader is null ? new SignalBatch(ChunkRows, _source.Dimension) : null;
        _free = new int[_slotCount];
        _places = new (int, int)[WindowRows];
        _nextPlaces = new (int, int)[_windows > 1 ? WindowRows : 0];
        _firstRows = new long[ParallelBlocks.Count(WindowRows, ChunkRows)];
        _nextFirstRows = new long[_windows > 1 ? _firstRows.Length : 0];
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
                _places[i] = (i, i);
            }
        }
        else
        {
            if (_window < 0 || key != _window + 1)
            {
                Clear();
            }

            int chunks = ChunksOf(key);
            while (_nextChunks < chunks)
            {
                ReadChunk(key);
            }

            rows = _nextRows;
            if (_windows > 1)
            {
                (_places, _nextPlaces) = (_nextPlaces, _places);
                (_firstRows, _nextFirstRows) = (_nextFirstRows, _firstRows);
            }
            else
            {
                // All rows are here, and nothing will be read again.
                Dispose();
                _chunk = null;
            }

            (_nextRows, _nextChunks) = (0, 0);
        }

        _window = key;

        // The slots themselves are shuffled: whichever they are, the row read j-th comes at the same place.
        new RandomStream(_seed, "data.window", (ulong)key).Shuffle(_places.AsSpan(0, rows));
        for (int i = 0; _windows > 1 && i < given; i++)
        {
            _free[_freeCount++] = _places[i].Slot;
        }
    }

    /// <summary>First row of a chunk, by its number in the endless sequence of all epochs; −1 where all have been read.</summary>
    private long FirstRowOf(long number)
    {
        (long epoch, long place) = Math.DivRem(number, (long)_chunks);
        if (_windows == 1 && epoch > 0)
        {
            return -1;
        }

        OrderChunks(epoch);
        return (long)_chunkOrder[(int)place] * ChunkRows;
    }

    /// <summary>Reads the next chunk of a window into free slots.</summary>
    private void ReadChunk(long key)
    {
        (long epoch, long window) = Math.DivRem(key, (long)_windows);

        // What is kept for all epochs is read once, in whichever epoch the run begins.
        long number = ((_windows == 1 ? 0 : epoch) * _chunks) + FirstChunk((int)window) + _nextChunks;
        _slots!.Count = _slots.Capacity;
        if (_reader is not null)
        {
            SignalBatch chunk = _reader.Take(number);
            Keep(chunk, chunk.Count, isWhole: true);
            _reader.Release();
            _nextChunks++;
            return;
        }

        long start = FirstRowOf(number);
        int expected = (int)Math.Min(ChunkRows, _source.RowCount - start);

        // A source may give fewer rows than were asked for, as at the end of a file; what is missing comes with the next read.
        for (int done = 0; done < expected;)
        {
            _source.Position = start + done;
            _source.Read(_chunk!);
            int count = Math.Min(_chunk!.Count, expected - done);
            if (count == 0)
            {
                Throw.InvalidData($"The source says that it has {_source.RowCount} rows, but gives none at row {start + done}.");
            }

            Keep(_chunk, count, isWhole: count == expected);
            done += count;
        }

        _nextChunks++;
    }

    /// <summary>Puts rows of the chunk that is being read into free slots.</summary>
    private void Keep(SignalBatch rows, int count, bool isWhole)
    {
        if (rows.Codes is not null)
        {
            Throw.NotSupported("The source gives codes with its batches, which a shuffled stream does not carry yet; load it into memory, or pass the codes to Fit.");
        }

        // Their numbers follow from the first one, unless the source numbers them otherwise or gives them in parts.
        bool numbered = isWhole;
        for (int i = 0; i < count && numbered; i++)
        {
            numbered = rows.RowIds[i] == rows.RowIds[0] + i;
        }

        bool plain = numbered && !rows.HasSideData;
        (int Slot, int Read)[] places = _windows > 1 ? _nextPlaces : _places;
        (_windows > 1 ? _nextFirstRows : _firstRows)[_nextChunks] = numbered ? rows.RowIds[0] : -1;
        for (int i = 0; i < count; i++)
        {
            int slot = _free[--_freeCount];
            if (plain)
            {
                rows.CopySignalTo(i, _slots!, slot);
            }
            else
            {
                rows.CopyRowTo(i, _slots!, slot);
            }

            places[_nextRows] = (slot, _nextRows++);
        }
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
        new RandomStream(_seed, "data.chunks", (ulong)epoch).Shuffle(_chunkOrder.AsSpan(0, _chunks - (_source.RowCount % ChunkRows == 0 ? 0 : 1)));
    }
}
