using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Training;

/// <summary>Encodes signals with an unrolled network, block by block: no matrix of samples x atoms ever exists.</summary>
internal static class UnrolledInference
{
    /// <summary>The most elements of codes that a block may have.</summary>
    private const long BlockElements = 1L << 22;

    /// <summary>Codes of the signals, [samples, atoms].</summary>
    public static SparseCodes Encode(UnrolledState state, SignalView signals, EncodeRequest? request, string encoder, CancellationToken cancellationToken)
    {
        int atoms = state.Dictionary.AtomCount, dimension = state.Dictionary.Dimension;
        signals.ThrowIfInvalid(nameof(signals), dimension, "the encoder", allowEmpty: true);
        if (request?.WarmStart is not null)
        {
            Throw.NotSupported($"{encoder} is amortised: its layers are trained to start from 0, so a warm start would be ignored. Put an iterative encoder on its Dictionary instead, for example new FistaEncoder(encoder.Dictionary, options).");
        }

        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int blockRows = (int)Math.Clamp(BlockElements / atoms, 64, 4096);
        var builder = new SparseCodesBuilder(atoms, signals.RowCount);
        using var session = new Session(backend, state);
        for (int first = 0; first < signals.RowCount; first += blockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            session.EncodeBlock(signals, first, Math.Min(blockRows, signals.RowCount - first), builder);
        }

        SparseCodingDiagnostics.EncodedRows.Add(signals.RowCount);
        return builder.Build();
    }

    private sealed class Session : IDisposable
    {
        private readonly Backend _backend;
        private readonly UnrolledState _state;
        private readonly List<DeviceMatrix> _sent = [];
        private readonly DeviceLayer[] _layers;
        private readonly DeviceMatrix _atoms;
        private readonly DeviceMatrix? _offset;
        private readonly List<DeviceMatrix> _work = [];
        private UnrolledForward? _forward;
        private float[] _host = [];

        public Session(Backend backend, UnrolledState state)
        {
            (_backend, _state) = (backend, state);
            int n = state.Dictionary.AtomCount, m = state.Dictionary.Dimension;
            _atoms = Send(state.Dictionary.AtomArray, n, m);
            _offset = state.Dictionary.HasOffset ? Send(state.Dictionary.OffsetValues.ToArray(), 1, m) : null;
            var shared = new Dictionary<float[], DeviceMatrix>();
            DeviceMatrix Once(float[] values, int columns) => shared.TryGetValue(values, out DeviceMatrix? known) ? known : shared[values] = Send(values, n, columns);
            _layers = [.. state.Layers.Select((layer, i) => new DeviceLayer(
                Once(layer.Weights, m),
                layer.Recurrent is null ? null : Once(layer.Recurrent, n),
                Send(layer.Threshold, 1, layer.Threshold.Length),
                state.Spec.Weights == ListaWeights.Analytic ? Send([layer.Step], 1, 1) : null,
                state.Spec.Kept(i, n)))];
        }

        public void EncodeBlock(SignalView signals, int first, int count, SparseCodesBuilder builder)
        {
            if (_work.Count == 0 || _work[0].Rows != count)
            {
                Allocate(count);
            }

            int n = _state.Dictionary.AtomCount, m = _state.Dictionary.Dimension;
            Span<float> rows = _host.AsSpan(0, count * m);
            signals.CopyRows(first, count, rows);
            DeviceMatrix input = _work[0];
            _backend.Write(input, 0, rows);
            if (_offset is not null)
            {
                _backend.Map(MapOperation.Add, input, input, _offset, 1, -1);
            }

            if (_state.Dictionary.Scale != 1)
            {
                _backend.Map(MapOperation.Scale, input, input, null, 1 / _state.Dictionary.Scale);
            }

            DeviceMatrix? code = null;
            for (int i = 0; i < _layers.Length; i++)
            {
                DeviceMatrix next = _work[2 + (i % 2)];
                _forward!.Run(_layers[i], input, code, _atoms, _work[1], next, _layers[i].Kept > 0 ? _work[4] : null);
                code = next;
            }

            Span<float> values = _host.AsSpan(0, count * n);
            _backend.Read(code!, 0, values);
            for (int r = 0; r < count; r++)
            {
                builder.AddDense(values.Slice(r * n, n));
            }
        }

        public void Dispose()
        {
            foreach (DeviceMatrix matrix in (DeviceMatrix[])[.. _sent, .. _work])
            {
                matrix.Dispose();
            }

            _forward?.Dispose();
        }

        private void Allocate(int rows)
        {
            foreach (DeviceMatrix matrix in _work)
            {
                matrix.Dispose();
            }

            _work.Clear();
            _forward?.Dispose();
            int n = _state.Dictionary.AtomCount, m = _state.Dictionary.Dimension;
            bool keeps = _layers.Any(layer => layer.Kept > 0);
            _work.AddRange([_backend.Allocate(rows, m), _backend.Allocate(rows, m), _backend.Allocate(rows, n), _backend.Allocate(rows, n)]);
            if (keeps)
            {
                _work.Add(_backend.Allocate(rows, n));
            }

            _forward = new UnrolledForward(_backend, _state.Spec, rows, m, n);
            _host = new float[(long)rows * Math.Max(m, n)];
        }

        private DeviceMatrix Send(float[] values, int rows, int columns)
        {
            DeviceMatrix matrix = _backend.Allocate(rows, columns);
            _backend.Write(matrix, 0, values);
            _sent.Add(matrix);
            return matrix;
        }
    }
}
