using SparseCoding.Backends;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>
/// Puts a matrix of a given shape back on those with orthonormal columns: U ← Q of its QR factorisation with a positive diagonal of R, as U L⁻ᵀ with the Cholesky factor UᵀU = L Lᵀ in
/// float64 on the host. One pass is exact to rounding for a matrix near orthonormal, as after a step of an optimiser; from elsewhere, repeat it. A matrix of Frobenius norm below 10⁻⁶ stays as
/// it is; where columns depend on each other, 10⁻⁶ of the mean squared norm of a column is added to the diagonal first.
/// </summary>
internal sealed class QrRetraction(Backend backend, long rows, int columns) : IDisposable
{
    private const double SmallestNorm = 1e-6;
    private const double Jitter = 1e-6;
    private readonly DeviceMatrix _gram = backend.Allocate(columns, columns);
    private readonly DeviceMatrix _result = backend.Allocate(rows, columns);
    private readonly float[] _host = new float[columns * columns];

    /// <summary>One pass over U [rows, columns], in place; rows at least columns.</summary>
    public void Apply(DeviceMatrix matrix)
    {
        backend.Product(matrix, true, matrix, false, _gram, ProductEpilogue.None);
        backend.Read(_gram, 0, _host);
        Matrix64 squares = Matrix64.From(_host, columns, columns);
        double trace = 0;
        for (int i = 0; i < columns; i++)
        {
            trace += squares[i, i];
        }

        if (!(Math.Sqrt(trace) >= SmallestNorm))
        {
            return;
        }

        Cholesky factor = Cholesky.Compute(squares);
        if (!factor.Succeeded)
        {
            for (int i = 0; i < columns; i++)
            {
                squares[i, i] += Jitter * trace / columns;
            }

            factor = Cholesky.Compute(squares);
        }

        if (!factor.Succeeded)
        {
            return;
        }

        // L⁻¹, column by column; the product with it transposed is U L⁻ᵀ.
        var column = new double[columns];
        for (int j = 0; j < columns; j++)
        {
            Array.Clear(column);
            column[j] = 1;
            factor.SolveLower(column);
            for (int i = 0; i < columns; i++)
            {
                _host[(i * columns) + j] = (float)column[i];
            }
        }

        backend.Write(_gram, 0, _host);
        backend.Product(matrix, false, _gram, true, _result, ProductEpilogue.None);
        backend.Map(MapOperation.Scale, matrix, _result);
    }

    /// <summary>Operations on the device; the factorisation on the host is not among them.</summary>
    public static UInt128 Operations(long rows, long columns) => OperationCost.Product(columns, columns, rows) + OperationCost.Product(rows, columns, columns);

    /// <inheritdoc/>
    public void Dispose()
    {
        _gram.Dispose();
        _result.Dispose();
    }
}
