using SparseCoding.Backends;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>The session that trains a feed-forward encoder and its dictionary: SAE and MLP differ in their networks.</summary>
/// <typeparam name="TEncoder">The encoder that comes out.</typeparam>
public abstract class NetworkTrainer<TEncoder> : Trainer<TEncoder>
    where TEncoder : class, IEncoder
{
    private readonly NetworkSpec _spec;
    private readonly TrainableNetwork _network;
    private readonly SparseCodes? _targets;
    private float[] _truth = [];
    private bool _onCodes;
    private string? _codesHash;

    private protected NetworkTrainer(NetworkSpec spec, TrainingOptions options, RunContext context, SparseCodes? targets, Func<Backend, TrainableNetwork> create)
        : base(options, context, spec.Dimension)
    {
        _spec = spec;
        _targets = targets;
        _onCodes = targets is not null;
        _codesHash = targets is null ? null : SourceFingerprint.Of(targets);
        _network = create(Backend);
    }

    private protected override int AtomCount => _spec.AtomCount;

    private protected override ParameterSet Updates => _network.Updates;

    private protected override double DeadShare => _network.DeadShare;

    private protected override double SquaredScale => (double)_spec.InputScale * _spec.InputScale;

    private protected override double? TargetVariance() => _network.TargetVariance();

    private protected TrainableNetwork Network => _network;

    private protected override void StepCore(SignalBatch batch, long number)
    {
        if (!batch.IsRepeat || number == 1 || !_loaded)
        {
            _network.Load(batch);
            _loaded = true;
            FillTruth(batch);
        }

        if (_onCodes)
        {
            _network.BackwardCodes(_truth, number);
        }
        else
        {
            _network.Backward(number);
        }

        _network.Optimize(number);
    }

    private bool _loaded;

    private protected override (double Loss, double L0, double SquaredError) Measure() => _network.Measure(_onCodes);

    private protected override FlopCount StepFlops(long rows) => _network.StepFlops(rows, _onCodes);

    private protected override FlopCount RunFlops(long steps, long rows) => _network.RunFlops(steps, rows, _onCodes);

    private protected override void DisposeCore() => _network.Dispose();

    private protected void WriteCheckpoint(string path, string kind, string options, string training)
    {
        Dictionary<string, string> metadata = NetworkFile.Metadata(_spec.Dimension, _spec.AtomCount, _spec.Widths.Count - 1, _spec.InputScale);
        metadata["options"] = options;
        metadata["training"] = training;
        metadata["known_dictionary"] = _spec.KnownDictionary is null ? "false" : "true";
        metadata["on_codes"] = _onCodes ? "true" : "false";
        if (_codesHash is not null)
        {
            metadata["codes_hash"] = _codesHash;
        }

        metadata["decoder_bias"] = _spec.DecoderBias ? "true" : "false";
        TrainerCheckpoint.Write(path, kind, Backend, SaveProgress(), metadata, _network.StateMatrices(), [.. KnownOffset]);
    }

    /// <summary>
    /// Whether this session, read from a checkpoint, is that of a fresh trainer. Codes that come with the batches (not passed to Fit) are not known before the
    /// first step, so they are not compared.
    /// </summary>
    private protected bool IsSameNetworkRun(NetworkTrainer<TEncoder> fresh) =>
        Dimension == fresh.Dimension && _codesHash == fresh._codesHash && Continues(fresh.Options, fresh._spec.KnownDictionary, fresh._targets is null ? _onCodes : fresh._onCodes);

    /// <summary>
    /// Whether this session, read from a checkpoint, is the given run: same training options, same known dictionary (or none), known codes or not.
    /// Targets are not part of the state; the caller passes them again, and <see cref="ReadCheckpoint"/> compares their hash.
    /// </summary>
    internal bool Continues(TrainingOptions training, IDictionary? known, bool onCodes)
    {
        if (Options != training || _onCodes != onCodes || known is null != _spec.KnownDictionary is null)
        {
            return false;
        }

        if (known is null)
        {
            return true;
        }

        AtomDictionary mine = Signals.InMemory(_spec.KnownDictionary!, nameof(known)), theirs = Signals.InMemory(known, nameof(known));
        return mine.Dimension == theirs.Dimension
            && mine.Scale == theirs.Scale
            && mine.AtomValues.SequenceEqual(theirs.AtomValues)
            && mine.OffsetValues.SequenceEqual(theirs.OffsetValues);
    }

    private protected void ReadCheckpoint(StateFile file)
    {
        bool onCodes = file.OptionalText("on_codes") == "true";
        if (_targets is not null && !onCodes)
        {
            Throw.InvalidOperation($"{file.FileName} belongs to a run with other options: it does not learn from known codes. Choose another checkpoint folder, or delete the file to start anew.");
        }

        string? hash = file.OptionalText("codes_hash");
        if (_targets is not null && hash != _codesHash)
        {
            Throw.InvalidOperation($"{file.FileName} belongs to a run on other codes. Choose another checkpoint folder, or delete the file to start anew.");
        }

        (_onCodes, _codesHash) = (onCodes, hash);
        RestoreProgress(TrainerCheckpoint.ReadProgress(file, Backend));
        FeederPosition = SaveProgress().FeederPosition;
        TrainerCheckpoint.ReadMatrices(file, Backend, _network.StateMatrices());
        _network.AfterRestore();
    }

    private IEnumerable<TensorToWrite> KnownOffset
    {
        get
        {
            if (_spec.KnownDictionary is { } known)
            {
                var offset = new float[_spec.Dimension];
                known.CopyOffset(offset);
                if (offset.AsSpan().ContainsAnyExcept(0f))
                {
                    yield return TensorToWrite.Create(TrainerCheckpoint.KnownOffset, offset, _spec.Dimension);
                }
            }
        }
    }

    private void FillTruth(SignalBatch batch)
    {
        SparseCodes? codes = _targets ?? batch.Codes;
        if (codes is null)
        {
            if (_onCodes)
            {
                Throw.Argument("This trainer learns from known codes, but the batch has none.", nameof(batch));
            }

            return;
        }

        if (codes.AtomCount != _spec.AtomCount)
        {
            Throw.Argument($"The batch's codes have {codes.AtomCount} atoms, but the encoder has {_spec.AtomCount}.", nameof(batch));
        }

        if (_targets is null && codes.RowCount < batch.Count)
        {
            Throw.Argument($"The batch has {batch.Count} signals, but its codes have shape [{codes.RowCount}, {codes.AtomCount}].", nameof(batch));
        }

        _onCodes = true;
        Array.Resize(ref _truth, batch.Count * _spec.AtomCount);
        Array.Clear(_truth);
        for (int i = 0; i < batch.Count; i++)
        {
            SparseRow row = codes[_targets is null ? i : checked((int)batch.RowIds[i])];
            for (int j = 0; j < row.Count; j++)
            {
                _truth[(i * _spec.AtomCount) + row.Atoms[j]] = row.Values[j];
            }
        }
    }
}
