using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.DictionaryLearning;

/// <summary>Encodes one block of signals.</summary>
internal delegate SparseCodes BlockEncoder(SignalView signals, CancellationToken cancellationToken);

/// <summary>The dictionary of least squares for given codes: D = (ZᵀZ + εI)⁻¹ZᵀX, the update of MOD (Engan et al. 1999), in one pass and bounded memory.</summary>
internal static class LeastSquaresDictionary
{
    /// <summary>Accumulates ZᵀZ and ZᵀX over the source and solves; ε is 1e-6 of the mean diagonal of ZᵀZ, so that silent atoms become 0.</summary>
    public static AtomDictionary Fit(ActivationSource data, int atomCount, BlockEncoder encode, RunContext context, CancellationToken cancellationToken)
    {
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int dimension = data.Dimension;
        using DeviceMatrix gram = backend.Allocate(atomCount, atomCount);
        using DeviceMatrix right = backend.Allocate(atomCount, dimension);
        int block = (int)Math.Clamp(Math.Min(data.RowCount, (1L << 22) / atomCount), 1, 4096);
        var batch = new SignalBatch(block, dimension);
        data.Rewind();
        long total = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            data.Read(batch);
            if (batch.Count == 0)
            {
                break;
            }

            SparseCodes codes = encode(SignalView.FromRows(batch.Signals, dimension), cancellationToken);
            using DeviceMatrix z = backend.Allocate(batch.Count, atomCount);
            using DeviceMatrix x = backend.Allocate(batch.Count, dimension);
            var dense = new float[batch.Count * atomCount];
            codes.ToDense().FlattenTo(dense);
            backend.Write(z, 0, dense);
            backend.Write(x, 0, batch.Signals);
            backend.Product(z, true, z, false, gram, new ProductEpilogue { Beta = 1 });
            backend.Product(z, true, x, false, right, new ProductEpilogue { Beta = 1 });
            total += batch.Count;
        }

        data.Rewind();
        var diagonal = new float[checked(atomCount * atomCount)];
        backend.Read(gram, 0, diagonal);
        double trace = 0;
        for (int i = 0; i < atomCount; i++)
        {
            trace += diagonal[(i * atomCount) + i];
        }

        double ridge = Math.Max(1e-6 * trace / atomCount, 1e-30);
        if (!backend.FactorAndSolve(gram, ridge, right))
        {
            Throw.InvalidOperation($"The codes of {total} signals do not determine a dictionary: their {atomCount} x {atomCount} Gram matrix is not positive definite.");
        }

        var atoms = new float[atomCount * dimension];
        backend.Read(right, 0, atoms);
        return new AtomDictionary(atoms, dimension);
    }
}
