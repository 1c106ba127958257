using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <summary>The loss on known codes of a network with dense codes, with its working memory: ½‖z − z*‖², mean over rows, or minus the mean cosine over atoms.</summary>
internal sealed class CodeLossGradient : IDisposable
{
    private readonly Backend _backend;
    private readonly CodeLoss _loss;
    private readonly DeviceMatrix _truth;
    private readonly DeviceMatrix _work;
    private readonly DeviceMatrix[] _columns;
    private readonly DeviceMatrix _scalar;

    /// <summary>Takes memory for batches of that many rows.</summary>
    public CodeLossGradient(Backend backend, CodeLoss loss, long rows, int atomCount)
    {
        (_backend, _loss) = (backend, loss);
        _truth = backend.Allocate(rows, atomCount);
        _work = backend.Allocate(rows, atomCount);
        _columns = [backend.Allocate(1, atomCount), backend.Allocate(1, atomCount), backend.Allocate(1, atomCount)];
        _scalar = backend.Allocate(1, 1);
    }

    /// <summary>gradient = ∂ loss / ∂ codes, both [rows, atoms]; the truth comes from the host.</summary>
    public void Run(DeviceMatrix codes, ReadOnlySpan<float> truth, DeviceMatrix gradient)
    {
        _backend.Write(_truth, 0, truth);
        float rows = codes.Rows, atoms = codes.Columns;
        if (_loss == CodeLoss.SquaredError)
        {
            _backend.Map(MapOperation.Add, gradient, codes, _truth, 1 / rows, -1 / rows);
            return;
        }

        // −(1/N)(t / (‖z‖‖t‖) − cos · z / ‖z‖²) for each column.
        Cosines(codes);
        _backend.Map(MapOperation.Multiply, gradient, _truth, _columns[0], -1 / atoms);
        _backend.Map(MapOperation.Multiply, _columns[1], _columns[2], _columns[1], 1 / atoms);
        _backend.Map(MapOperation.Multiply, _work, codes, _columns[1]);
        _backend.Map(MapOperation.Add, gradient, gradient, _work);
    }

    /// <summary>The loss of codes against the truth of the last <see cref="Run"/>.</summary>
    public double Measure(DeviceMatrix codes)
    {
        if (_loss == CodeLoss.SquaredError)
        {
            _backend.Map(MapOperation.Add, _work, codes, _truth, 1, -1);
            _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.All, _scalar, _work, null, 0.5f / codes.Rows);
        }
        else
        {
            Cosines(codes);
            _backend.Reduce(ReduceOperation.Sum, ReduceAxis.All, _scalar, _columns[2], null, -1f / codes.Columns);
        }

        return _backend.ReadLagged(_scalar);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMatrix matrix in (DeviceMatrix[])[_truth, _work, .. _columns, _scalar])
        {
            matrix.Dispose();
        }
    }

    /// <summary>For each column: 1/(‖z‖‖t‖), 1/‖z‖², cosine; all 0 where a column is 0.</summary>
    private void Cosines(DeviceMatrix codes)
    {
        (DeviceMatrix both, DeviceMatrix own, DeviceMatrix cosine) = (_columns[0], _columns[1], _columns[2]);
        _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachColumn, both, _truth);
        _backend.Map(MapOperation.InverseSquareRoot, both, both, null, 0);
        _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachColumn, own, codes);
        _backend.Map(MapOperation.InverseSquareRoot, own, own, null, 0);
        _backend.Map(MapOperation.Multiply, both, both, own);
        _backend.Map(MapOperation.Multiply, own, own, own);
        _backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachColumn, cosine, codes, _truth);
        _backend.Map(MapOperation.Multiply, cosine, cosine, both);
    }
}
