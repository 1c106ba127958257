using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.DictionaryLearning;

/// <summary>
/// The state of learning a dictionary by alternation, and one alternation: code a batch, measure, move the atoms, replace those that do no work. Everything that
/// the next alternation depends on is a field here, so that a checkpoint is complete. The objective is that of the codes before the atoms move.
/// </summary>
internal sealed partial class DictionarySession : IDisposable
{
    private const int MaxReplacements = 10_000;
    private readonly AtomUpdater _updater;
    private readonly AtomUsage _usage;
    private readonly ILogger _logger;
    private readonly LearningCurve _curve = new();
    private readonly List<AtomReplacement> _replacements = [];
    private float[]? _atoms;
    private float[]? _runBest;
    private float[]? _best;
    private double _runLowest = double.PositiveInfinity;
    private double _lowest = double.PositiveInfinity;
    private int _stalled;
    private int _restart;
    private int _iteration;
    private bool _whole;
    private bool _settled;
    private bool _finished;
    private bool _given;
    private SparseCodes? _warm;
    private float[] _residual = [];

    /// <summary>A session that has not begun.</summary>
    public DictionarySession(LearningTask task, int dimension, AtomDictionary? start, RunContext context)
    {
        task.Validate();
        Task = task;
        Context = context;
        Dimension = Throw.AtLeast(dimension, 1, nameof(dimension));
        _logger = context.LoggerFactory.CreateLogger("SparseCoding.DictionaryLearning");
        _startedAt = context.TimeProvider.GetTimestamp();
        if (start is not null)
        {
            _atoms = CheckedStart(start);
            _given = true;
        }

        Backend = context.Device.CreateBackend(context.EffectiveThreads);
        _updater = new AtomUpdater(task, Backend, dimension);
        _usage = new AtomUsage(task.AtomCount);
    }

    /// <summary>What is learned.</summary>
    public LearningTask Task { get; }

    /// <summary>Dimension of the signals.</summary>
    public int Dimension { get; }

    /// <summary>Alternations so far, over all restarts.</summary>
    public long Alternations { get; private set; }

    /// <summary>Signals so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Objective of the last alternation; NaN before the first.</summary>
    public double Objective { get; private set; } = double.NaN;

    /// <summary>The dictionary that is the answer now: of whole-data runs the one of the lowest objective so far, of streams the present one.</summary>
    public AtomDictionary Answer
    {
        get
        {
            float[]? atoms = _finished ? _best : _whole && _runBest is not null ? (_lowest < _runLowest ? _best : _runBest) : _atoms;
            if (atoms is null)
            {
                Throw.InvalidOperation("This trainer has seen no signals and was given no dictionary, so there is nothing to take a snapshot of: call Step or Run first.");
            }

            return new AtomDictionary((float[])atoms.Clone(), Dimension);
        }
    }

    private RunContext Context { get; }

    private Backend Backend { get; }

    private DictionaryLearningOptions Options => Task.Options;

    private int Restarts => _given ? 1 : Options.RestartsFor(Task.AtomCount);

    /// <summary>One alternation on pushed signals.</summary>
    public void Step(SignalBatch batch, CancellationToken cancellationToken)
    {
        _whole = false;
        _finished = false;
        Alternate(batch, Options.UnusedAfter, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _updater.Dispose();
        Backend.Dispose();
    }

    private void Alternate(SignalBatch batch, double unusedAfter, CancellationToken cancellationToken)
    {
        int m = Dimension;
        ReadOnlySpan<float> signals = batch.Signals;
        _atoms ??= AtomStarts.Create(Options, signals, Task.AtomCount, m, _restart);
        var current = new AtomDictionary(_atoms, m);
        SparseCodes codes = Task.Code(
            current, SignalView.FromRows(signals, m), new EncodeRequest { Context = Context with { Progress = null }, WarmStart = _whole && Task.WarmStarts ? _warm : null }, cancellationToken);
        (double objective, double l0, double[] errors) = Measure(current, codes, batch);
        if (!double.IsFinite(objective))
        {
            Log.TrainingDiverged(_logger, Alternations + 1, "the objective is not finite", objective, Context.Checkpoint ?? "none");
            throw new TrainingDivergedException($"The objective is {objective} at alternation {Alternations + 1}: check the scale of the signals.", Alternations + 1, objective, Context.Checkpoint);
        }

        _iteration++;
        Alternations++;
        RowCount += batch.Count;
        Objective = objective;
        L0 = l0;
        _curve.Add(new TrainingPoint(Alternations, objective, l0));
        SparseCodingDiagnostics.TrainingSteps.Add(1);
        SparseCodingDiagnostics.TrainingRows.Add(batch.Count);
        _stalled = _iteration == 1 || _runLowest - objective > Options.Tolerance * Math.Abs(_runLowest) ? 0 : _stalled + 1;
        _settled = _whole && Options.Tolerance > 0 && _stalled >= DictionaryLearningOptions.Patience;
        if (_whole && objective < _runLowest)
        {
            // Greedy codes and replaced atoms can raise the objective again: the best dictionary is the answer.
            (_runBest, _runLowest) = (_atoms, objective);
        }

        if (!_settled)
        {
            Move(current, codes, signals, errors, unusedAfter);
        }
    }

    private void Move(AtomDictionary current, SparseCodes codes, ReadOnlySpan<float> signals, double[] errors, double unusedAfter)
    {
        int n = Task.AtomCount, m = Dimension;
        double keep = _whole ? 0 : _iteration == 1 ? 1 : Math.Pow(1 - (1.0 / _iteration), Options.Forgetting);
        _usage.Add(codes, keep);
        var host = new CodesOnHost(codes);
        var atoms = (float[])_atoms!.Clone();
        float[] factors = _updater.Move(atoms, host, signals, _residual, keep, _usage.MeanEnergy, _iteration);
        for (int i = 0; i < factors.Length; i++)
        {
            _usage.Energy[i] *= (double)factors[i] * factors[i];
        }

        GramRows<float>? gram = Options.MaxCoherence < 1 ? current.Gram(Context.EffectiveThreads, Context.MemoryBudget) as DenseGram<float> : null;
        var moved = new AtomDictionary(atoms, m);
        List<(int Atom, ReplacementReason Reason)> found = AtomReplacer.Find(Options, _usage, unusedAfter, moved.NormValues, gram);
        var dropped = new bool[n];
        if (found.Count > 0)
        {
            AtomReplacer.Replace(atoms, m, found, signals, errors, Options, new RandomStream(Options.Seed, "dictionary.replace", (ulong)Alternations));
            _updater.Forget([.. found.Select(f => f.Atom)]);
            foreach ((int atom, ReplacementReason reason) in found)
            {
                dropped[atom] = true;
                _usage.Reset(atom, Options.MinUsage);
                _replacements.Add(new AtomReplacement(Alternations, atom, reason));
            }

            _replacements.RemoveRange(0, Math.Max(0, _replacements.Count - MaxReplacements));
        }

        _atoms = atoms;
        _warm = _whole && Task.WarmStarts ? host.ToCodes(factors, dropped) : null;
    }

    /// <summary>Objective, active atoms and squared errors of a batch; leaves the residual X − ZD.</summary>
    private (double Objective, double L0, double[] Errors) Measure(AtomDictionary dictionary, SparseCodes codes, SignalBatch batch)
    {
        int m = Dimension, rows = codes.RowCount;
        if (_residual.Length < rows * m)
        {
            _residual = new float[rows * m];
        }

        var errors = new double[rows];
        const int BlockRows = 256;
        ParallelBlocks.Run(ParallelBlocks.Count(rows, BlockRows), Context.EffectiveThreads, block =>
        {
            for (int row = block * BlockRows; row < Math.Min(rows, (block + 1) * BlockRows); row++)
            {
                Span<float> residual = _residual.AsSpan(row * m, m);
                dictionary.DecodeRow(codes[row], residual);
                TensorPrimitives.Subtract(batch.Signals.Slice(row * m, m), residual, residual);
                errors[row] = Signals.SquaredNorm(residual);
            }
        });
        double total = 0, l1 = 0;
        foreach (double error in errors)
        {
            total += error;
        }

        foreach (float value in codes.Values)
        {
            l1 += Math.Abs((double)value);
        }

        return (((0.5 * total) + (Task.Penalty * l1)) / rows, (double)codes.NonZeroCount / rows, errors);
    }

    private float[] CheckedStart(AtomDictionary start)
    {
        if (start.AtomCount != Task.AtomCount || start.Dimension != Dimension)
        {
            Throw.Argument($"start has {start.AtomCount} atoms of dimension {start.Dimension}, but {Task.AtomCount} atoms of dimension {Dimension} are learned.", nameof(start));
        }

        if (start.HasOffset || start.Scale != 1)
        {
            Throw.Argument("start has an offset or a scale, which learning by alternation does not have: subtract the offset from the signals, divide by the scale, and start from the plain atoms.", nameof(start));
        }

        if (Options.NonNegativeAtoms && start.AtomValues.ContainsAnyInRange(float.MinValue, -float.Epsilon))
        {
            Throw.Argument("start has negative entries, but NonNegativeAtoms is set.", nameof(start));
        }

        float[] atoms = start.AtomValues.ToArray();
        var stream = new RandomStream(Options.Seed, "dictionary.start");
        for (int i = 0; i < Task.AtomCount; i++)
        {
            AtomStarts.Finish(atoms.AsSpan(i * Dimension, Dimension), Options.NonNegativeAtoms, stream);
        }

        return atoms;
    }
}
