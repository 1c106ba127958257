namespace SparseCoding.DictionaryLearning;

/// <summary>The points of a run of unknown length in bounded memory: when there are two thousand, every other one is dropped and only every second step is kept from then on.</summary>
internal sealed class LearningCurve
{
    private const int MaxPoints = 2000;
    private readonly List<TrainingPoint> _points = [];

    /// <summary>Steps between two points.</summary>
    public long Stride { get; private set; } = 1;

    /// <summary>The points, ascending.</summary>
    public IReadOnlyList<TrainingPoint> Points => _points;

    /// <summary>Adds a point where it falls on the grid.</summary>
    public void Add(TrainingPoint point)
    {
        if ((point.Step - 1) % Stride != 0)
        {
            return;
        }

        _points.Add(point);
        if (_points.Count == MaxPoints)
        {
            Stride *= 2;
            _points.RemoveAll(p => (p.Step - 1) % Stride != 0);
        }
    }

    /// <summary>Takes over a saved curve.</summary>
    public void Restore(IEnumerable<TrainingPoint> points, long stride)
    {
        _points.Clear();
        _points.AddRange(points);
        Stride = stride;
    }
}
