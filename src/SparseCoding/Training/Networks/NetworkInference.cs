using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Training;

/// <summary>Encodes signals with a network, block by block: no matrix of samples x atoms ever exists.</summary>
internal static class NetworkInference
{
    /// <summary>The most elements of pre-activations that a block may have.</summary>
    private const long BlockElements = 1L << 22;

    /// <summary>Codes of the signals, [samples, atoms].</summary>
    public static SparseCodes Encode(NetworkState state, SignalView signals, EncodeRequest? request, string encoder, CancellationToken cancellationToken)
    {
        signals.ThrowIfInvalid(nameof(signals), state.Dimension, "the encoder", allowEmpty: true);
        if (request?.WarmStart is not null)
        {
            Throw.NotSupported($"{encoder} is amortised: one pass gives its codes, so a warm start would be ignored. Put an iterative encoder on its Dictionary instead, for example new ItoEncoder(encoder.Dictionary, options).");
        }

        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int atoms = state.AtomCount, dimension = state.Dimension;
        bool sparse = state.Selection is TopKSelection;
        int blockRows = (int)Math.Clamp(BlockElements / (sparse ? Math.Min(atoms, 2048) : atoms), 64, 4096);
        var builder = new SparseCodesBuilder(atoms, signals.RowCount);
        using var session = new Session(backend, state);
        for (int first = 0; first < signals.RowCount; first += blockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(blockRows, signals.RowCount - first);
            session.EncodeBlock(signals, first, count, builder);
        }

        SparseCodingDiagnostics.EncodedRows.Add(signals.RowCount);
        return builder.Build();
    }

    private sealed class Session : IDisposable
    {
        private readonly Backend _backend;
        private readonly NetworkState _state;
        private readonly DeviceMatrix[] _weights;
        private readonly DeviceMatrix?[] _biases;
        private readonly DeviceMatrix? _offset;
        private readonly List<DeviceMatrix> _work = [];
        private DeviceCodes? _codes;
        private float[] _host = [];
        private int[] _indices = [];
        private int[] _counts = [];

        public Session(Backend backend, NetworkState state)
        {
            _backend = backend;
            _state = state;
            _weights = [.. state.Layers.Select(l => Send(l.Weights, l.Outputs, l.Inputs))];
            _biases = [.. state.Layers.Select(l => l.Bias is null ? null : Send(l.Bias, 1, l.Outputs))];
            _offset = state.InputOffset is null ? null : Send(state.InputOffset, 1, state.Dimension);
        }

        public void EncodeBlock(SignalView signals, int first, int count, SparseCodesBuilder builder)
        {
            if (_work.Count == 0 || _work[0].Rows != count)
            {
                Allocate(count);
            }

            Span<float> rows = _host.AsSpan(0, count * _state.Dimension);
            signals.CopyRows(first, count, rows);
            DeviceMatrix current = _work[0];
            _backend.Write(current, 0, rows);
            if (_offset is not null)
            {
                _backend.Map(MapOperation.Add, current, current, _offset, 1, -1);
            }

            if (_state.InputScale != 1)
            {
                _backend.Map(MapOperation.Scale, current, current, null, 1 / _state.InputScale);
            }

            for (int i = 0; i + 1 < _weights.Length; i++)
            {
                _backend.Product(current, false, _weights[i], true, _work[i + 1], new ProductEpilogue { Bias = _biases[i], Relu = true });
                current = _work[i + 1];
            }

            if (_codes is not null)
            {
                EncodeSparse(current, builder);
                return;
            }

            DeviceMatrix dense = _work[^1];
            _backend.Product(current, false, _weights[^1], true, dense, new ProductEpilogue { Bias = _biases[^1], Relu = true });
            Span<float> values = _host.AsSpan(0, checked((int)dense.Length));
            _backend.Read(dense, 0, values);
            for (int r = 0; r < count; r++)
            {
                Span<float> row = values.Slice(r * _state.AtomCount, _state.AtomCount);
                builder.AddDense(row);
            }
        }

        public void Dispose()
        {
            foreach (DeviceMatrix? matrix in (DeviceMatrix?[])[.. _weights, .. _biases, _offset, .. _work])
            {
                matrix?.Dispose();
            }

            _codes?.Dispose();
        }

        private void EncodeSparse(DeviceMatrix input, SparseCodesBuilder builder)
        {
            DeviceCodes codes = _codes!;
            _backend.EncodeAndSelect(input, _weights[^1], _biases[^1], _state.Selection.Rule, codes);
            Span<float> values = _host.AsSpan(0, codes.Rows * codes.Capacity);
            _backend.Read(codes.Values, 0, values);
            _backend.Read(codes.Indices, _indices);
            _backend.Read(codes.Counts, _counts);
            for (int r = 0; r < codes.Rows; r++)
            {
                builder.Add(new SparseRow(_indices.AsSpan(r * codes.Capacity, _counts[r]), values.Slice(r * codes.Capacity, _counts[r])));
            }
        }

        private void Allocate(int rows)
        {
            foreach (DeviceMatrix matrix in _work)
            {
                matrix.Dispose();
            }

            _work.Clear();
            _codes?.Dispose();
            _work.Add(_backend.Allocate(rows, _state.Dimension));
            for (int i = 0; i + 1 < _weights.Length; i++)
            {
                _work.Add(_backend.Allocate(rows, _state.Layers[i].Outputs));
            }

            long size;
            if (_state.Selection is TopKSelection top)
            {
                int capacity = top.Rule.Capacity(_state.AtomCount);
                _codes = _backend.AllocateCodes(rows, _state.AtomCount, capacity);
                _indices = new int[rows * capacity];
                _counts = new int[rows];
                size = (long)rows * capacity;
            }
            else
            {
                _work.Add(_backend.Allocate(rows, _state.AtomCount));
                size = (long)rows * _state.AtomCount;
            }

            _host = new float[Math.Max(size, (long)rows * _state.Dimension)];
        }

        private DeviceMatrix Send(float[] values, int rows, int columns)
        {
            DeviceMatrix matrix = _backend.Allocate(rows, columns);
            _backend.Write(matrix, 0, values);
            return matrix;
        }
    }
}
