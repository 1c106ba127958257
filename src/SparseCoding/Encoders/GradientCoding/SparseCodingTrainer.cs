using System.Globalization;
using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>
/// The session that learns codes and dictionary together by Adam: one free code for every training signal, so each step takes all signals and
/// its memory grows with samples x atoms. See <see cref="Trainer{TEncoder}"/>.
/// </summary>
public sealed class SparseCodingTrainer : Trainer<SparseCodingEncoder>
{
    private const string Kind = "sparse_coding.trainer";
    private readonly SparseCodingOptions _options;
    private readonly long _samples;
    private readonly Parameter _codes;
    private readonly Parameter _atoms;
    private readonly Parameter? _offset;
    private readonly ParameterSet _updates;
    private readonly DeviceMatrix _batch;
    private readonly DeviceMatrix _values;
    private readonly DeviceMatrix _residual;
    private readonly DeviceMatrix _lambda;
    private readonly DeviceMatrix _scalar;
    private bool _loaded;

    internal SparseCodingTrainer(SparseCodingOptions options, TrainingOptions training, int dimension, long samples, float[]? mean, RunContext context)
        : base(training, context, dimension)
    {
        long bytes = 4L * samples * ((5L * options.AtomCount) + (2L * dimension));
        if (bytes > context.MemoryBudget)
        {
            Throw.Argument($"Joint sparse coding keeps a free code for every signal: {samples} signals with {options.AtomCount} atoms need {bytes >> 20} MiB, more than the memory budget of {context.MemoryBudget >> 20} MiB. Use fewer signals, raise RunContext.MemoryBudget, or learn the dictionary with LarsEncoder, OmpEncoder or SaeEncoder.", "data");
        }

        if (training.Optimizer is MuonOptions)
        {
            Throw.NotSupported($"Joint sparse coding with {training.Optimizer}: its free codes are a matrix of numbers that have nothing to do with each other, and Muon would make them orthogonal. Use AdamOptions.");
        }

        _options = options;
        _samples = samples;
        int n = options.AtomCount;
        _codes = new Parameter(Backend, "codes.parameters", samples, n);
        _atoms = new Parameter(Backend, "decoder.atoms", n, dimension) { IsAtoms = true, HasUnitRows = options.UnitNorm, ProjectsGradient = options.UnitNorm && training.ProjectAtomGradients };
        _offset = options.Bias ? new Parameter(Backend, "decoder.bias", 1, dimension) : null;
        _updates = new ParameterSet(Backend, training, [.. Parameters]);
        _batch = Backend.Allocate(samples, dimension);
        _residual = Backend.Allocate(samples, dimension);
        _values = Backend.Allocate(samples, n);
        _lambda = Backend.Allocate(1, n);
        _scalar = Backend.Allocate(1, 1);
        Backend.FillNormal(_atoms.Value, new RandomStream(training.Seed, "sparse_coding.atoms"), 1);
        Backend.NormalizeRows(_atoms.Value);
        if (options.Parametrization == CodeParametrization.Exp)
        {
            Backend.Fill(_codes.Value, options.InitialLogCode);
        }
        else
        {
            Backend.FillNormal(_codes.Value, new RandomStream(training.Seed, "sparse_coding.codes"), 1);
        }

        if (_offset is not null && mean is not null)
        {
            Backend.Write(_offset.Value, 0, mean);
        }
    }

    /// <summary>The encoder as it stands.</summary>
    public override SparseCodingEncoder Snapshot()
    {
        AtomDictionary dictionary = _updates.OnAverages(() =>
        {
            var atoms = new float[_atoms.Value.Length];
            Backend.Read(_atoms.Value, 0, atoms);
            float[]? offset = null;
            if (_offset is not null)
            {
                offset = new float[Dimension];
                Backend.Read(_offset.Value, 0, offset);
            }

            return new AtomDictionary(atoms, Dimension, offset);
        });
        return new SparseCodingEncoder(_options, Options, dictionary, Record);
    }

    /// <summary>The training signals' own codes, [samples, atoms].</summary>
    public SparseCodes TrainingCodes()
    {
        _updates.OnAverages(() =>
        {
            Backend.Map(_options.Parametrization == CodeParametrization.Exp ? MapOperation.Exp : MapOperation.Relu, _values, _codes.Value);
            return 0;
        });
        var builder = new SparseCodesBuilder(_options.AtomCount);
        var row = new float[_options.AtomCount];
        for (long i = 0; i < _samples; i++)
        {
            Backend.Read(_values, i, row);
            builder.AddDense(row);
        }

        return builder.Build();
    }

    /// <inheritdoc/>
    public override void SaveCheckpoint(string path)
    {
        var metadata = new Dictionary<string, string>
        {
            ["options"] = EncoderJson.Write(_options, EncoderJson.Default.SparseCodingOptions),
            ["training"] = EncoderJson.Write(Options, EncoderJson.Default.TrainingOptions),
            ["dimension"] = Dimension.ToString(CultureInfo.InvariantCulture),
            ["samples"] = _samples.ToString(CultureInfo.InvariantCulture),
        };
        TrainerCheckpoint.Write(path, Kind, Backend, SaveProgress(), metadata, Parameters.SelectMany(p => p.StateMatrices()));
    }

    /// <summary>Goes on from a checkpoint: running over the same source gives the same bits as never having stopped.</summary>
    /// <param name="path">A file that <see cref="SaveCheckpoint"/> wrote.</param>
    /// <param name="context">Device, threads and the rest; the device and SIMD tier must be those of the checkpoint.</param>
    public static SparseCodingTrainer Resume(string path, RunContext? context = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, Kind);
        SparseCodingOptions options = EncoderJson.Read(file.Text("options"), EncoderJson.Default.SparseCodingOptions, path);
        TrainingOptions training = EncoderJson.Read(file.Text("training"), EncoderJson.Default.TrainingOptions, path);
        int dimension = file.Count("dimension"), samples = file.Count("samples");

        // Before memory of that size is taken.
        file.Require("codes.parameters", samples, options.AtomCount);
        file.Require("decoder.atoms", options.AtomCount, dimension);
        var trainer = new SparseCodingTrainer(options, training, dimension, samples, null, context ?? RunContext.Default);
        try
        {
            trainer.RestoreProgress(TrainerCheckpoint.ReadProgress(file, trainer.Backend));
            trainer.FeederPosition = trainer.SaveProgress().FeederPosition;
            TrainerCheckpoint.ReadMatrices(file, trainer.Backend, trainer.Parameters.SelectMany(p => p.StateMatrices()));
        }
        catch
        {
            trainer.Dispose();
            throw;
        }

        trainer.NoteResumed(path);
        return trainer;
    }

    /// <inheritdoc/>
    internal override bool IsSameRun(Trainer fresh) =>
        fresh is SparseCodingTrainer other && _options == other._options && Options == other.Options && (_samples, Dimension) == (other._samples, other.Dimension);

    private protected override int AtomCount => _options.AtomCount;

    private protected override ParameterSet Updates => _updates;

    private protected override bool CanCutBatches => false;

    private IEnumerable<Parameter> Parameters => _offset is null ? [_codes, _atoms] : [_codes, _atoms, _offset];

    // One free code for each signal: every step takes all of them, whatever the options say.
    private protected override int EffectiveBatchSize(ActivationSource source) => source.RowCount == _samples ? 0 : throw new ArgumentException($"source has {source.RowCount} signals, but this trainer has codes for {_samples}.", nameof(source));

    private protected override void StepCore(SignalBatch batch, long number)
    {
        if (batch.Count != _samples)
        {
            Throw.Argument($"batch has {batch.Count} signals, but this trainer has a free code for each of {_samples}: push all of them in every step.", nameof(batch));
        }

        if (!batch.IsRepeat || !_loaded)
        {
            Backend.Write(_batch, 0, batch.Signals);
            _loaded = true;
        }

        float mean = 1f / _samples;
        bool exp = _options.Parametrization == CodeParametrization.Exp;
        Decode();
        Backend.Fill(_lambda, mean * _options.Lambda);
        Backend.Product(_residual, false, _atoms.Value, true, _codes.Gradient!, new ProductEpilogue { Alpha = mean, Bias = _lambda });
        if (exp)
        {
            Backend.Map(MapOperation.Multiply, _codes.Gradient!, _codes.Gradient!, _values);
        }
        else
        {
            Backend.Map(MapOperation.ReluGradient, _codes.Gradient!, _codes.Gradient!, _codes.Value);
        }

        Backend.Product(_values, true, _residual, false, _atoms.Gradient!, new ProductEpilogue { Alpha = mean });
        if (_offset is not null)
        {
            Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, _offset.Gradient!, _residual, null, mean);
        }

        _updates.Step(number);
    }

    private protected override (double Loss, double L0, double SquaredError) Measure()
    {
        // Values and residual are those of the step's start.
        double Total(ReduceOperation operation, DeviceMatrix matrix)
        {
            Backend.Reduce(operation, ReduceAxis.All, _scalar, matrix, null, 1f / _samples);
            return Backend.ReadLagged(_scalar);
        }

        double squared = Total(ReduceOperation.SumSquares, _residual);
        return ((0.5 * squared) + (_options.Lambda * Total(ReduceOperation.SumAbsolute, _values)), Total(ReduceOperation.CountNonZero, _values), squared);
    }

    private protected override FlopCount StepFlops(long rows) => GradientCodesCost.TrainingStep(Dimension, _options.AtomCount, rows, Options.ProjectAtomGradients, _offset is not null, !_options.UnitNorm);

    private protected override void DisposeCore()
    {
        _updates.Dispose();
        foreach (Parameter parameter in Parameters)
        {
            parameter.Dispose();
        }

        foreach (DeviceMatrix matrix in (DeviceMatrix[])[_batch, _values, _residual, _lambda, _scalar])
        {
            matrix.Dispose();
        }
    }

    private void Decode()
    {
        Backend.Map(_options.Parametrization == CodeParametrization.Exp ? MapOperation.Exp : MapOperation.Relu, _values, _codes.Value);
        Backend.Map(MapOperation.Scale, _residual, _batch);
        Backend.Product(_values, false, _atoms.Value, false, _residual, new ProductEpilogue { Beta = -1, Bias = _offset?.Value });
    }
}
