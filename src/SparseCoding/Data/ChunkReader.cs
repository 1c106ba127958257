using System.Runtime.ExceptionServices;
using SparseCoding.Diagnostics;

namespace SparseCoding.Data;

/// <summary>
/// Chunks of neighbouring rows, several of them under way at a time, each read by a thread of its own that mostly waits for the disk: one request at a
/// time leaves a disk idle between two. They come in the order in which they are asked for, so that nothing depends on which is there first.
/// </summary>
internal sealed class ChunkReader : IDisposable
{
    /// <summary>Chunks under way: what a disk needs to work on the next ones while one is handed over.</summary>
    public const int Depth = 4;

    private readonly Func<long, long> _firstRowOf;
    private readonly Reader[] _readers;
    private long _next;
    private long _asked;

    private ChunkReader(ActivationSource[] sources, int chunkRows, Func<long, long> firstRowOf)
    {
        _firstRowOf = firstRowOf;
        _readers = Array.ConvertAll(sources, s => new Reader(s, chunkRows));
    }

    /// <summary>Opens the readers; null where the source can be read by one thread only.</summary>
    /// <param name="source">The source; it may be read meanwhile.</param>
    /// <param name="chunkRows">The most rows of a chunk.</param>
    /// <param name="firstRowOf">First row of the chunk that is n-th in the order, −1 behind the last; called with n that only grows, but for a jump of <see cref="Take"/>.</param>
    public static ChunkReader? Open(ActivationSource source, int chunkRows, Func<long, long> firstRowOf)
    {
        var sources = new ActivationSource[Depth];
        for (int i = 0; i < Depth; i++)
        {
            if (source.OpenReader() is not { } reader)
            {
                return null;
            }

            sources[i] = reader;
        }

        return new ChunkReader(sources, chunkRows, firstRowOf);
    }

    /// <summary>Waits for the n-th chunk; it stays as it is until <see cref="Release"/>. Any n but the one after the last drops what is under way. Throws what reading it threw.</summary>
    public SignalBatch Take(long number)
    {
        if (number != _next)
        {
            Drop();
            _next = _asked = number;
        }

        Ask();
        return _readers[(int)(_next % Depth)].Wait();
    }

    /// <summary>Gives the chunk of the last <see cref="Take"/> back, for the next one to be read into it.</summary>
    public void Release()
    {
        _next++;
        Ask();
    }

    /// <summary>Ends the threads and closes what they read.</summary>
    public void Dispose()
    {
        Drop();
        foreach (Reader reader in _readers)
        {
            reader.Dispose();
        }
    }

    private void Ask()
    {
        while (_asked < _next + Depth && _firstRowOf(_asked) is var first && first >= 0)
        {
            _readers[(int)(_asked++ % Depth)].Ask(first);
        }
    }

    private void Drop()
    {
        foreach (Reader reader in _readers)
        {
            reader.Drop();
        }
    }

    /// <summary>One thread with a source and a chunk of its own.</summary>
    private sealed class Reader : IDisposable
    {
        private readonly ActivationSource _source;
        private readonly SignalBatch _chunk;
        private readonly SemaphoreSlim _go = new(0);
        private readonly SemaphoreSlim _done = new(0);
        private readonly Thread _thread;
        private ExceptionDispatchInfo? _fault;
        private long _firstRow;
        private bool _isUnderWay;
        private volatile bool _stop;

        public Reader(ActivationSource source, int chunkRows)
        {
            _source = source;
            _chunk = new SignalBatch(chunkRows, source.Dimension);
            _thread = new Thread(Work) { IsBackground = true, Name = "SparseCoding disk reader" };
            _thread.Start();
        }

        public void Ask(long firstRow)
        {
            _firstRow = firstRow;
            _isUnderWay = true;
            _go.Release();
        }

        public SignalBatch Wait()
        {
            _done.Wait();
            _isUnderWay = false;
            _fault?.Throw();
            return _chunk;
        }

        public void Drop()
        {
            if (_isUnderWay)
            {
                _done.Wait();
                _isUnderWay = false;
            }
        }

        public void Dispose()
        {
            _stop = true;
            _go.Release();
            _thread.Join();
            _go.Dispose();
            _done.Dispose();
            _source.CloseReader();
        }

        private void Work()
        {
            while (true)
            {
                _go.Wait();
                if (_stop)
                {
                    return;
                }

                try
                {
                    _fault = null;
                    _source.Position = _firstRow;
                    _source.Read(_chunk);
                    long wanted = Math.Min(_chunk.Capacity, _source.RowCount - _firstRow);
                    if (_chunk.Count != wanted)
                    {
                        Throw.InvalidData($"The source gave {_chunk.Count} of the {wanted} rows from row {_firstRow} on.");
                    }
                }
#pragma warning disable CA1031 // Kept for the caller's thread, whatever it is: escaping here would end the process.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    _fault = ExceptionDispatchInfo.Capture(exception);
                }

                _done.Release();
            }
        }
    }
}
