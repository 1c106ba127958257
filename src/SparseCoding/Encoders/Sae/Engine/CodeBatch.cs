using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// The codes of a batch on a device with their gradient, in one of two representations: every place of [rows, atoms], or at most a fixed number of
/// entries for each row. <see cref="Values"/> and <see cref="Gradient"/> have one shape, [rows, places], so that an element-wise part is written once;
/// what differs (products, sums over rows) are methods. A gradient is defined at the active places only, unless <see cref="IsGradientFull"/>.
/// </summary>
internal abstract class CodeBatch(Backend backend, int rows, int atomCount) : IDisposable
{
    private readonly Dictionary<string, DeviceMatrix> _places = [];

    /// <summary>Number of signals.</summary>
    public int Rows { get; } = rows;

    /// <summary>Number of atoms.</summary>
    public int AtomCount { get; } = atomCount;

    /// <summary>Whether there is a place for every atom.</summary>
    public abstract bool IsDense { get; }

    /// <summary>Values, [rows, places]; 0 where a place is not active.</summary>
    public abstract DeviceMatrix Values { get; }

    /// <summary>∂loss/∂value, [rows, places].</summary>
    public abstract DeviceMatrix Gradient { get; }

    /// <summary>Whether the gradient is wanted at inactive places too (straight-through thresholds); only where dense.</summary>
    public bool IsGradientFull { get; init; }

    /// <summary>Whether <see cref="ReceiveGradient(DeviceMatrix, DeviceMatrix, float)"/> leaves the gradient 0 where the value is not positive: the derivative of a ReLU, for nothing.</summary>
    public bool IsGradientMasked { get; init; }

    /// <summary>A row [1, atoms] that <see cref="ReceiveGradient(DeviceMatrix, DeviceMatrix, float)"/> adds to the gradient of every row; only where masked and dense. Used up by it.</summary>
    public DeviceMatrix? AddedToGradient { get; set; }

    /// <summary>The backend.</summary>
    protected Backend Backend { get; } = backend;

    /// <summary>A matrix [rows, places] for a part's own use; what it held is unknown.</summary>
    public DeviceMatrix Places(string slot)
    {
        if (!_places.TryGetValue(slot, out DeviceMatrix? matrix))
        {
            _places[slot] = matrix = Backend.Allocate(Values.Rows, Values.Columns);
        }

        return matrix;
    }

    /// <summary>A row [1, atoms] in a form that broadcasts over <see cref="Values"/>: itself, or gathered at the support into a place of that slot.</summary>
    public abstract DeviceMatrix PerPlace(DeviceMatrix row, string slot);

    /// <summary>target = Z·matrix + offset − subtracted: matrix [atoms, m], offset [1, m], the others [rows, m].</summary>
    public abstract void Decode(DeviceMatrix matrix, DeviceMatrix? offset, DeviceMatrix? subtracted, DeviceMatrix target);

    /// <summary>The same with other values at the places, one of <see cref="Places"/>.</summary>
    public abstract void DecodePlaces(DeviceMatrix places, DeviceMatrix matrix, DeviceMatrix? offset, DeviceMatrix? subtracted, DeviceMatrix target);

    /// <summary>target [atoms, m] = alpha·Pᵀ·right, or added to it, with the values P of one of <see cref="Places"/>; right [rows, m].</summary>
    public abstract void PlacesTransposedTimes(DeviceMatrix places, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false);

    /// <summary>Gradient = alpha·left·matrixᵀ: left [rows, m], matrix [atoms, m]. The first that writes the gradient; others add.</summary>
    public abstract void ReceiveGradient(DeviceMatrix left, DeviceMatrix matrix, float alpha);

    /// <summary>Gradient = the dense matrix [rows, atoms] at the places.</summary>
    public abstract void ReceiveGradient(DeviceMatrix dense);

    /// <summary>target [atoms, m] = alpha·Zᵀ·right, or added to it; right [rows, m].</summary>
    public abstract void ValuesTransposedTimes(DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false);

    /// <summary>target [atoms, m] = Gᵀ·right, or added to it, with the gradient G.</summary>
    public abstract void GradientTransposedTimes(DeviceMatrix right, DeviceMatrix target, bool add = false);

    /// <summary>target [rows, m] = G·matrix, matrix [atoms, m].</summary>
    public abstract void GradientTimes(DeviceMatrix matrix, DeviceMatrix target);

    /// <summary>row [1, atoms] = alpha · (sum over signals of a matrix [rows, places], which is <see cref="Gradient"/> or one of <see cref="Places"/>).</summary>
    public abstract void SumPerAtom(DeviceMatrix places, DeviceMatrix row, float alpha = 1);

    /// <summary>row [1, atoms] = number of signals in which the atom is active.</summary>
    public abstract void CountActive(DeviceMatrix row);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (DeviceMatrix matrix in _places.Values)
        {
            matrix.Dispose();
        }
    }
}
