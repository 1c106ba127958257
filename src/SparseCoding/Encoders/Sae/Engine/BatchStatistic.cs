using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// What every training batch says anew and encoding needs a fixed value of (a threshold, a mean): the running mean Σ(1 − β)βᵗ⁻ⁱsᵢ / (1 − βᵗ) over the steps, a row [1, columns]. In a run
/// that averages its weights there is a second one, of the batches as the averaged weights see them, every <see cref="AverageSteps"/> steps: the averages are what
/// encodes, and a threshold of other weights would keep another number of entries.
/// </summary>
internal sealed class BatchStatistic : IDisposable
{
    /// <summary>Steps between two batches that the averaged weights look at.</summary>
    public const int AverageSteps = 8;

    private readonly Backend _backend;
    private readonly string _name;
    private readonly RunningMean _plain;
    private readonly RunningMean? _averaged;

    /// <summary>Nothing is known yet.</summary>
    public BatchStatistic(SaeModel model, string name, int columns, double decay)
    {
        _backend = model.Backend;
        _name = name;
        Current = _backend.Allocate(1, columns);
        _plain = new RunningMean(_backend, columns, (float)decay);
        _averaged = model.Training is { AveragingDecay: > 0 } ? new RunningMean(_backend, columns, (float)Math.Pow(decay, AverageSteps)) : null;
    }

    /// <summary>What the batch at work says, [1, columns].</summary>
    public DeviceMatrix Current { get; }

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() =>
        [.. _plain.StateMatrices(_name), .. _averaged?.StateMatrices(_name + ".averaged") ?? []];

    /// <summary>Takes <see cref="Current"/> in, after a step.</summary>
    public void Update() => _plain.Update(Current);

    /// <summary>Takes <see cref="Current"/> in as that of the averaged weights.</summary>
    public void UpdateOnAverages() => _averaged?.Update(Current);

    /// <summary>The mean that belongs to the weights that encode, [columns]; null before the first step.</summary>
    public float[]? Read() => _averaged?.Read() ?? _plain.Read();

    /// <summary>Begins with these values.</summary>
    public void Start(ReadOnlySpan<float> values)
    {
        _plain.Start(values);
        _averaged?.Start(values);
    }

    /// <summary>Begins anew.</summary>
    public void Forget()
    {
        _plain.Forget();
        _averaged?.Forget();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Current.Dispose();
        _plain.Dispose();
        _averaged?.Dispose();
    }

    private sealed class RunningMean(Backend backend, int columns, float decay) : IDisposable
    {
        private readonly DeviceMatrix _sum = backend.Allocate(1, columns);
        private readonly DeviceMatrix _weight = backend.Allocate(1, 1);

        public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices(string name) => [(name + ".sum", _sum), (name + ".weight", _weight)];

        public void Update(DeviceMatrix current)
        {
            backend.Map(MapOperation.Add, _sum, _sum, current, decay, 1 - decay);
            backend.Map(MapOperation.Affine, _weight, _weight, null, 1 - decay, decay);
        }

        public float[]? Read()
        {
            var weight = new float[1];
            backend.Read(_weight, 0, weight);
            if (!(weight[0] > 0))
            {
                return null;
            }

            var mean = new float[columns];
            backend.Read(_sum, 0, mean);
            return Array.ConvertAll(mean, sum => sum / weight[0]);
        }

        public void Start(ReadOnlySpan<float> values)
        {
            backend.Write(_sum, 0, values);
            backend.Fill(_weight, 1);
        }

        public void Forget()
        {
            backend.Fill(_sum, 0);
            backend.Fill(_weight, 0);
        }

        public void Dispose()
        {
            _sum.Dispose();
            _weight.Dispose();
        }
    }
}
