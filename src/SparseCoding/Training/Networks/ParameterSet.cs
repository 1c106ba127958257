using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Training;

/// <summary>
/// The parameters of one trainer and the rule by which they move: accumulation over the pieces of a batch, clipping by the norm of all gradients
/// together, the optimiser's step, the average of the weights. Everything stays on the device. It does not own the parameters.
/// </summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Backend _backend;
    private readonly TrainingOptions _options;
    private readonly Parameter[] _parameters; // an array, so that a step's loops allocate no enumerator
    private readonly Dictionary<Parameter, DeviceMatrix> _sums = [];
    private readonly List<DeviceMatrix> _gradients = [];
    private readonly DeviceMatrix? _factor;
    private int _piece;
    private int _pieces = 1;
    private float _weight = 1;

    /// <summary>Takes the parameters of a trainer, in the order in which they are stepped, and prepares them for the options' optimiser.</summary>
    public ParameterSet(Backend backend, TrainingOptions options, IReadOnlyList<Parameter> parameters)
    {
        _backend = backend;
        _options = options;
        _parameters = [.. parameters];
        _factor = options.ClipNorm > 0 ? backend.Allocate(1, 1) : null;
        foreach (Parameter parameter in parameters)
        {
            parameter.Prepare(backend, options.Optimizer is AdamOptions || (options.Optimizer is MuonOptions && !IsMatrix(parameter)), options.AveragingDecay > 0);
        }
    }

    /// <summary>Steps taken so far, those before a resume included: what bias corrections count.</summary>
    public long Number { get; set; }

    /// <summary>Operations of a step that Adam would not have.</summary>
    public UInt128 ExtraOperations
    {
        get
        {
            UInt128 sum = 0;
            foreach (Parameter parameter in _parameters)
            {
                if (_options.Optimizer is MuonOptions muon && !parameter.IsFrozen && IsMatrix(parameter))
                {
                    sum += OperationCost.Orthogonalize(parameter.Value.Rows, parameter.Value.Columns, muon.Iterations);
                }
            }

            return sum;
        }
    }

    /// <summary>Steps that bias corrections do not count, because the moments began anew after them.</summary>
    public long MomentsSince { get; set; }

    /// <summary>Factor on the options' learning rate.</summary>
    public float RateFactor { get; set; } = 1;

    /// <summary>Whether the gradients that come next complete a batch, so that <see cref="Step"/> moves the weights.</summary>
    public bool CompletesBatch => _piece == _pieces - 1;

    /// <summary>Which piece of a batch the gradients that come next are of, from 0.</summary>
    public int Piece => _piece;

    /// <summary>Its share of the batch's rows.</summary>
    public float PieceShare => _weight;

    /// <summary>Says that the gradients that come next are those of one piece of a batch, which has this share of its rows.</summary>
    public void BeginPiece(int piece, int pieces, float weight) => (_piece, _pieces, _weight) = (piece, pieces, weight);

    /// <summary>
    /// Takes the gradients as they stand. On the last piece of a batch (or where it is not cut) the weights move; before, the gradients are only
    /// added up.
    /// </summary>
    /// <param name="number">Number of the step, from 1.</param>
    /// <param name="hasGradient">Which parameters have a gradient in this step; null for all.</param>
    public void Step(long number, Func<Parameter, bool>? hasGradient = null)
    {
        _gradients.Clear();
        foreach (Parameter parameter in _parameters)
        {
            if (!parameter.IsFrozen && (hasGradient is null || hasGradient(parameter)))
            {
                Accumulate(parameter);
                _gradients.Add(parameter.Gradient!);
            }
        }

        if (!CompletesBatch)
        {
            return;
        }

        if (_factor is not null)
        {
            _backend.ClipFactor(_gradients, _options.ClipNorm, _factor);
        }

        float rate = _options.LearningRate.At(number, _options.Steps) * RateFactor;
        foreach (Parameter parameter in _parameters)
        {
            if (!parameter.IsFrozen && (hasGradient is null || hasGradient(parameter)))
            {
                Move(parameter, parameter.IsAtoms ? rate * _options.AtomRateFactor : rate, number);
            }

            Average(parameter, number);
        }

        Number = number;
    }

    /// <summary>Reads something with the averaged weights in the place of the plain ones; with the plain ones where no average is kept yet.</summary>
    public T OnAverages<T>(Func<T> read)
    {
        if (_options.AveragingDecay == 0 || Number == 0)
        {
            return read();
        }

        var plain = new Dictionary<Parameter, DeviceMatrix>();
        try
        {
            foreach (Parameter parameter in _parameters)
            {
                if (parameter.Average is { } average)
                {
                    DeviceMatrix shown = _backend.Allocate(average.Rows, average.Columns);
                    _backend.Map(MapOperation.Scale, shown, average);
                    if (parameter.HasUnitRows)
                    {
                        _backend.NormalizeRows(shown);
                    }

                    parameter.Retraction?.Invoke(shown);

                    plain[parameter] = parameter.Exchange(shown);
                }
            }

            return read();
        }
        finally
        {
            foreach ((Parameter parameter, DeviceMatrix value) in plain)
            {
                parameter.Exchange(value).Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _factor?.Dispose();
        foreach (DeviceMatrix sum in _sums.Values)
        {
            sum.Dispose();
        }

        _sums.Clear();
    }

    private void Accumulate(Parameter parameter)
    {
        if (_pieces == 1)
        {
            return;
        }

        DeviceMatrix gradient = parameter.Gradient!;
        if (!_sums.TryGetValue(parameter, out DeviceMatrix? sum))
        {
            sum = _backend.Allocate(gradient.Rows, gradient.Columns);
            _sums[parameter] = sum;
        }

        if (_piece == 0)
        {
            _backend.Map(MapOperation.Scale, sum, gradient, null, _weight);
        }
        else
        {
            _backend.Map(MapOperation.Add, CompletesBatch ? gradient : sum, sum, gradient, 1, _weight);
        }
    }

    private void Move(Parameter parameter, float rate, long number)
    {
        var step = new OptimizerStep
        {
            LearningRate = rate,
            Beta1 = 0,
            Beta2 = 0,
            Epsilon = 0,
            Number = number - MomentsSince,
            ProjectGradient = parameter.ProjectsGradient,
            NormalizeRows = parameter.HasUnitRows,
            GradientFactor = _factor,
        };
        switch (_options.Optimizer)
        {
            case AdamOptions adam:
                _backend.Optimize(parameter.Value, parameter.Gradient!, parameter.First!, parameter.Second!, step with { Beta1 = adam.Beta1, Beta2 = adam.Beta2, Epsilon = adam.Epsilon });
                break;
            case SignumOptions signum:
                _backend.OptimizeSign(parameter.Value, parameter.Gradient!, parameter.First!, step with { Beta1 = signum.Momentum });
                break;
            case MuonOptions muon when IsMatrix(parameter):
                _backend.OptimizeOrthogonal(parameter.Value, parameter.Gradient!, parameter.First!, step with { Beta1 = muon.Momentum }, muon.Iterations);
                break;
            case MuonOptions { Vectors: var adam } muon:
                _backend.Optimize(parameter.Value, parameter.Gradient!, parameter.First!, parameter.Second!, step with { LearningRate = rate * muon.VectorRate, Beta1 = adam.Beta1, Beta2 = adam.Beta2, Epsilon = adam.Epsilon });
                break;
            default:
                Throw.NotSupported($"The optimiser {_options.Optimizer.GetType().Name} is not known to this trainer.");
                break;
        }
    }

    private static bool IsMatrix(Parameter parameter) => parameter.Value.Rows > 1 && parameter.Value.Columns > 1;

    /// <summary>a = (1 − c) a + c w with c = (1 − β)/(1 − βᵗ): the average is corrected at every step, so nothing is left to correct when it is read.</summary>
    private void Average(Parameter parameter, long number)
    {
        if (parameter.Average is { } average)
        {
            double share = (1 - (double)_options.AveragingDecay) / (1 - Math.Pow(_options.AveragingDecay, number));
            _backend.Map(MapOperation.Add, average, average, parameter.Value, (float)(1 - share), (float)share);
        }
    }
}
