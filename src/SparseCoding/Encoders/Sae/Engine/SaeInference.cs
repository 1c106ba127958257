using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>Encodes signals with an SAE, block by block: no matrix of samples x atoms ever exists. Each row by itself, whatever the training looked at.</summary>
internal static class SaeInference
{
    /// <summary>The most elements of pre-activations that a block may have.</summary>
    private const long BlockElements = 1L << 22;

    /// <summary>Most rows of a block of sparse codes: working memory grows with it, the share of the product hardly.</summary>
    private const int SparseBlockRows = 512;

    /// <summary>Codes of the signals, [samples, atoms].</summary>
    public static SparseCodes Encode(SaeOptions options, SaeState state, SignalView signals, EncodeRequest? request, string encoder, CancellationToken cancellationToken, SignalView gradients = default)
    {
        signals.ThrowIfInvalid(nameof(signals), state.Dimension, "the encoder", allowEmpty: true);
        if (request?.WarmStart is not null)
        {
            Throw.NotSupported($"{encoder} is amortised: one pass gives its codes, so a warm start would be ignored. Put an iterative encoder on its Dictionary instead, for example new ItoEncoder(encoder.Dictionary, options).");
        }

        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int atoms = state.AtomCount;
        bool sparse = state.Selection.Rule.Kind != SelectionKind.Relu;
        int blockRows = sparse ? SparseBlockRows : (int)Math.Clamp(BlockElements / atoms, 64, 4096);
        var builder = new SparseCodesBuilder(atoms, signals.RowCount, sparse ? (long)signals.RowCount * state.Selection.Rule.Capacity(atoms) : 0);
        using var session = new Session(backend, options, state, gradients.RowCount > 0);
        var progress = new EncodingProgress(context, signals.RowCount);
        for (int first = 0; first < signals.RowCount; first += blockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(blockRows, signals.RowCount - first);
            session.EncodeBlock(signals, gradients, first, count, builder);
            progress.Report(first + count);
        }

        SparseCodingDiagnostics.EncodedRows.Add(signals.RowCount);
        return builder.Build();
    }

    private sealed class Session : IDisposable
    {
        private readonly Backend _backend;
        private readonly SaeState _state;
        private readonly LinearEncoder _encoder;
        private readonly SelectionPart _selection;
        private readonly DeviceMatrix? _offset;
        private readonly DeviceMatrix? _atoms;
        private SaeStep? _step;
        private float[] _host = [];
        private int[] _indices = [];
        private int[] _counts = [];

        public Session(Backend backend, SaeOptions options, SaeState state, bool withAtoms)
        {
            _backend = backend;
            _state = state;
            _encoder = new LinearEncoder(backend, state.AtomCount, state.Dimension, state.Encoder.Bias is not null, frozen: true, frozenBias: true, needsSums: false);
            _encoder.Weights.Exchange(backend.Adopt(state.Encoder.Weights, state.AtomCount, state.Dimension)).Dispose();
            if (_encoder.Bias is { } bias)
            {
                backend.Write(bias.Value, 0, state.Encoder.Bias);
            }

            if (state.InputOffset is not null)
            {
                _offset = backend.Allocate(1, state.Dimension);
                backend.Write(_offset, 0, state.InputOffset);
            }

            if (withAtoms)
            {
                _atoms = backend.Allocate(state.AtomCount, state.Dictionary.Dimension);
                backend.Write(_atoms, 0, state.Dictionary.AtomValues);
            }

            _selection = SaeParts.Selection(new SaeModel
            {
                Backend = backend,
                Options = options,
                InputDimension = state.Dimension,
                OutputDimension = state.Dimension,
                Encoder = _encoder,
                EncodingAtoms = _atoms,
            });
            _selection.Initialize(state.Vectors);
        }

        public void EncodeBlock(SignalView signals, SignalView gradients, int first, int count, SparseCodesBuilder builder)
        {
            if (_step is null || _step.Rows != count)
            {
                Allocate(count);
            }

            SaeStep step = _step!;
            Span<float> rows = _host.AsSpan(0, count * _state.Dimension);
            signals.CopyRows(first, count, rows);
            _backend.Write(step.Signals, 0, rows);
            if (_state.Normalization != InputNormalization.None)
            {
                RowNormalizer.Apply(_state.Normalization, step, step.Signals);
            }

            if (_offset is not null)
            {
                _backend.Map(MapOperation.Add, step.Signals, step.Signals, _offset, 1, -1);
            }

            if (_state.InputScale != 1)
            {
                _backend.Map(MapOperation.Scale, step.Signals, step.Signals, null, 1 / _state.InputScale);
            }

            if (gradients.RowCount > 0)
            {
                var side = new SignalBatch(count, _state.Dimension) { Count = count, Gradients = new float[count * _state.Dimension] };
                gradients.CopyRows(first, count, side.Gradients);
                _selection.Load(step, side);
            }

            _selection.Infer(step);
            Span<float> values = _host.AsSpan(0, checked((int)step.Codes.Values.Length));
            _backend.Read(step.Codes.Values, 0, values);
            if (step.Codes is SparseCodeBatch { Codes: var codes })
            {
                _backend.Read(codes.Indices, _indices);
                _backend.Read(codes.Counts, _counts);
                for (int r = 0; r < count; r++)
                {
                    builder.Add(new SparseRow(_indices.AsSpan(r * codes.Capacity, _counts[r]), values.Slice(r * codes.Capacity, _counts[r])));
                }

                return;
            }

            for (int r = 0; r < count; r++)
            {
                builder.AddDense(values.Slice(r * _state.AtomCount, _state.AtomCount));
            }
        }

        public void Dispose()
        {
            _encoder.Dispose();
            _selection.Dispose();
            _offset?.Dispose();
            _atoms?.Dispose();
            _step?.Dispose();
        }

        private void Allocate(int rows)
        {
            _step?.Dispose();
            _step = new SaeStep(_backend, rows, _state.Dimension, _state.Dimension, centred: false, paired: false) { Codes = _selection.AllocateForInference(rows) };
            if (_step.Codes is SparseCodeBatch { Codes: var codes })
            {
                _indices = new int[rows * codes.Capacity];
                _counts = new int[rows];
            }

            _host = new float[Math.Max(_step.Codes.Values.Length, (long)rows * _state.Dimension)];
        }
    }
}
