namespace SparseCoding.DictionaryLearning;

/// <summary>How much work each atom does: energy Σz² and users, carried over batches with the sums of the update, and signals since it was last used.</summary>
internal sealed class AtomUsage(int atomCount)
{
    private readonly int[] _users = new int[atomCount];

    /// <summary>Σ z² over the batches so far, [atoms].</summary>
    public double[] Energy { get; } = new double[atomCount];

    /// <summary>Signals that used it, with the same weights, [atoms].</summary>
    public double[] Users { get; } = new double[atomCount];

    /// <summary>Signals since the last that used it, [atoms].</summary>
    public double[] Idle { get; } = new double[atomCount];

    /// <summary>Weight of all signals so far.</summary>
    public double Weight { get; set; }

    /// <summary>Mean energy of an atom.</summary>
    public double MeanEnergy => Energy.Sum() / atomCount;

    /// <summary>Adds a batch; what was there before keeps a share.</summary>
    public void Add(SparseCodes codes, double keep)
    {
        for (int i = 0; i < atomCount; i++)
        {
            Energy[i] *= keep;
            Users[i] *= keep;
            _users[i] = 0;
        }

        Weight = (Weight * keep) + codes.RowCount;
        ReadOnlySpan<int> atoms = codes.Atoms;
        ReadOnlySpan<float> values = codes.Values;
        for (int i = 0; i < atoms.Length; i++)
        {
            double value = values[i];
            Energy[atoms[i]] += value * value;
            _users[atoms[i]] += value != 0 ? 1 : 0;
        }

        for (int i = 0; i < atomCount; i++)
        {
            Users[i] += _users[i];
            Idle[i] = _users[i] > 0 ? 0 : Idle[i] + codes.RowCount;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(Energy);
        Array.Clear(Users);
        Array.Clear(Idle);
        Weight = 0;
    }

    /// <summary>A new atom: no energy, and the benefit of the doubt about its users.</summary>
    public void Reset(int atom, double minUsage)
    {
        Energy[atom] = 0;
        Users[atom] = 2 * minUsage * Weight;
        Idle[atom] = 0;
    }
}
