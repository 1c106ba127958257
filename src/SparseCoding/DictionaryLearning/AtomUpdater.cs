using System.Numerics.Tensors;
using SparseCoding.Backends;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.DictionaryLearning;

/// <summary>Moves the atoms for given codes, and owns what an update remembers between batches: the sums A = ZᵀZ and B = ZᵀX, or Adam's moments.</summary>
internal sealed class AtomUpdater : IDisposable
{
    private readonly LearningTask _task;
    private readonly Backend _backend;
    private readonly int _atoms;
    private readonly int _dimension;
    private readonly DeviceMatrix _dictionary;
    private readonly DeviceMatrix? _gram;
    private readonly DeviceMatrix? _right;
    private readonly DeviceMatrix? _fresh;
    private readonly DeviceMatrix? _first;
    private readonly DeviceMatrix? _second;
    private readonly KSvdCore? _kSvd;
    private DeviceMatrix? _signals;

    /// <summary>Takes the memory that the update needs.</summary>
    public AtomUpdater(LearningTask task, Backend backend, int dimension)
    {
        (_task, _backend, _atoms, _dimension) = (task, backend, task.AtomCount, dimension);
        _dictionary = backend.Allocate(_atoms, dimension);
        switch (Update)
        {
            case KSvdUpdate or ApproximateKSvdUpdate:
                _kSvd = new KSvdCore(_atoms, dimension);
                break;
            case GradientUpdate:
                _fresh = backend.Allocate(_atoms, dimension);
                _first = backend.Allocate(_atoms, dimension);
                _second = backend.Allocate(_atoms, dimension);
                break;
            default:
                _gram = backend.Allocate(_atoms, _atoms);
                _right = backend.Allocate(_atoms, dimension);
                _fresh = backend.Allocate(_atoms, dimension);
                break;
        }
    }

    /// <summary>Steps of Adam so far, of this restart.</summary>
    public long Moments { get; set; }

    /// <summary>What a checkpoint keeps: the sums or the moments, by name.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> State =>
        new (string, DeviceMatrix?)[] { ("sums.codes", _gram), ("sums.signals", _right), ("moments.first", _first), ("moments.second", _second) }
            .Where(m => m.Item2 is not null).Select(m => (m.Item1, m.Item2!));

    private DictionaryUpdate Update => _task.Options.Update;

    /// <summary>Forgets everything: the start of a restart.</summary>
    public void Reset()
    {
        foreach ((_, DeviceMatrix matrix) in State)
        {
            _backend.Fill(matrix, 0);
        }

        Moments = 0;
    }

    /// <summary>Moves the atoms, in place, and the codes where the update does that.</summary>
    /// <param name="atoms">Atoms, [atoms, dimension], unit norm before and after (0 where an atom was lost).</param>
    /// <param name="codes">Codes of the batch.</param>
    /// <param name="signals">The batch, [rows, dimension].</param>
    /// <param name="residual">X − ZD, [rows, dimension]; undefined afterwards.</param>
    /// <param name="keep">Share that the sums of earlier batches keep; 0 forgets them.</param>
    /// <param name="meanEnergy">Mean diagonal of A after this batch.</param>
    /// <param name="number">Number of the alternation, from 1.</param>
    /// <returns>Factor by which the codes of each atom are to be multiplied; empty for 1.</returns>
    public float[] Move(float[] atoms, CodesOnHost codes, ReadOnlySpan<float> signals, float[] residual, double keep, double meanEnergy, long number)
    {
        switch (Update)
        {
            case KSvdUpdate:
                KSvd(atoms, codes, residual, new KSvdParameters { Exact = true, Passes = 20 });
                return [];
            case ApproximateKSvdUpdate approximate:
                KSvd(atoms, codes, residual, new KSvdParameters { Passes = approximate.Passes });
                return [];
            case GradientUpdate gradient:
                _backend.Write(_dictionary, 0, atoms);
                Gradient(gradient, codes, signals, number);
                _backend.Read(_dictionary, 0, atoms);
                return [];
        }

        _backend.Write(_dictionary, 0, atoms);
        AddSums(codes, signals, (float)keep);
        float[] factors = [];
        if (Update is ModUpdate mod)
        {
            factors = Mod(mod, atoms, meanEnergy);
        }
        else
        {
            for (int sweep = 0; sweep < ((BlockCoordinateUpdate)Update).Sweeps; sweep++)
            {
                _backend.UpdateAtoms(_dictionary, _gram!, _right!, (float)(1e-6 * meanEnergy), unitBall: false, _task.Options.NonNegativeAtoms);
            }
        }

        _backend.Read(_dictionary, 0, atoms);
        return factors;
    }

    /// <summary>Forgets what is known of atoms that were replaced.</summary>
    public void Forget(IReadOnlyList<int> replaced)
    {
        if (_gram is not null)
        {
            var rows = new float[_gram.Length];
            _backend.Read(_gram, 0, rows);
            foreach (int atom in replaced)
            {
                rows.AsSpan(atom * _atoms, _atoms).Clear();
                for (int i = 0; i < _atoms; i++)
                {
                    rows[(i * _atoms) + atom] = 0;
                }
            }

            _backend.Write(_gram, 0, rows);
        }

        var zeros = new float[_dimension];
        foreach (DeviceMatrix? matrix in (DeviceMatrix?[])[_right, _first, _second])
        {
            foreach (int atom in matrix is null ? [] : replaced)
            {
                _backend.Write(matrix!, atom, zeros);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMatrix? matrix in (DeviceMatrix?[])[_dictionary, _gram, _right, _fresh, _first, _second, _signals])
        {
            matrix?.Dispose();
        }
    }

    private void AddSums(CodesOnHost codes, ReadOnlySpan<float> signals, float keep)
    {
        using DeviceCodes z = codes.ToDevice(_backend);
        DeviceMatrix x = OnDevice(signals);
        if (keep == 0)
        {
            _backend.Fill(_gram!, 0);
            _backend.Fill(_right!, 0);
        }
        else if (keep != 1)
        {
            _backend.Map(MapOperation.Scale, _gram!, _gram!, null, keep);
        }

        _backend.AddCodesGram(z, _gram!);
        _backend.WeightGradient(z, x, _fresh!, 1);
        _backend.Map(MapOperation.Add, _right!, _right!, _fresh, keep, 1);
    }

    /// <summary>D += (A + εI)⁻¹(B − AD), then unit rows; A and B follow the scale of the codes.</summary>
    private float[] Mod(ModUpdate mod, ReadOnlySpan<float> atoms, double meanEnergy)
    {
        double ridge = Math.Max(mod.Ridge * meanEnergy, 1e-30);
        bool solved;
        do
        {
            _backend.Map(MapOperation.Scale, _fresh!, _right!);
            _backend.Product(_gram!, false, _dictionary, false, _fresh!, new ProductEpilogue { Alpha = -1, Beta = 1 });
            solved = _backend.FactorAndSolve(_gram!, ridge, _fresh!);
            ridge *= 10;
        }
        while (!solved && ridge < 1e30);
        if (solved)
        {
            _backend.Map(MapOperation.Add, _dictionary, _dictionary, _fresh);
        }

        // Codes that are multiplied by the norms of the new atoms give the same signals with atoms of norm 1.
        var moved = new float[atoms.Length];
        _backend.Read(_dictionary, 0, moved);
        var factors = new float[_atoms];
        for (int i = 0; i < _atoms; i++)
        {
            factors[i] = (float)Math.Sqrt(Signals.SquaredNorm(moved.AsSpan(i * _dimension, _dimension)));
        }

        _backend.NormalizeRows(_dictionary);
        using DeviceMatrix row = _backend.Allocate(1, _atoms), column = _backend.Allocate(_atoms, 1);
        _backend.Write(row, 0, factors);
        _backend.Write(column, 0, factors);
        _backend.Map(MapOperation.Multiply, _gram!, _gram!, row);
        _backend.Map(MapOperation.Multiply, _gram!, _gram!, column);
        _backend.Map(MapOperation.Multiply, _right!, _right!, column);
        return factors;
    }

    private void KSvd(float[] atoms, CodesOnHost codes, float[] residual, KSvdParameters parameters) =>
        _kSvd!.Sweep(atoms, codes.Indices, codes.Values, codes.Counts, codes.Capacity, residual.AsSpan(0, codes.Counts.Length * _dimension), parameters with
        {
            Lambda = _task.Penalty,
            NonNegativeAtoms = _task.Options.NonNegativeAtoms,
            NonNegativeCodes = _task.NonNegativeCodes,
        }, _backend.Threads);

    private void Gradient(GradientUpdate update, CodesOnHost codes, ReadOnlySpan<float> signals, long number)
    {
        using DeviceCodes z = codes.ToDevice(_backend);
        DeviceMatrix x = OnDevice(signals);
        using DeviceMatrix residual = _backend.Allocate(codes.Counts.Length, _dimension);
        float rate = update.LearningRate.At(number, _task.Options.Iterations);
        for (int step = 0; step < update.Steps; step++)
        {
            _backend.DecodeResidual(z, _dictionary, null, x, residual);
            _backend.WeightGradient(z, residual, _fresh!, 1f / codes.Counts.Length);
            _backend.Optimize(_dictionary, _fresh!, _first!, _second!, new OptimizerStep
            {
                LearningRate = rate,
                Beta1 = update.Adam.Beta1,
                Beta2 = update.Adam.Beta2,
                Epsilon = update.Adam.Epsilon,
                Number = ++Moments,
                ProjectGradient = true,
                NormalizeRows = true,
            });
            if (_task.Options.NonNegativeAtoms)
            {
                _backend.Map(MapOperation.Relu, _dictionary, _dictionary);
                _backend.NormalizeRows(_dictionary);
            }
        }
    }

    private DeviceMatrix OnDevice(ReadOnlySpan<float> signals)
    {
        int rows = signals.Length / _dimension;
        if (_signals?.Rows != rows)
        {
            _signals?.Dispose();
            _signals = _backend.Allocate(rows, _dimension);
        }

        _backend.Write(_signals, 0, signals);
        return _signals;
    }
}
