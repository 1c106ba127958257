using System.Globalization;
using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.DictionaryLearning;

/// <content>The state as a file: everything the next alternation depends on, so that going on gives the same bits as never having stopped.</content>
internal sealed partial class DictionarySession
{
    /// <summary>Writes the state atomically.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        static string Bits(double value) => BitConverter.DoubleToInt64Bits(value).ToString(CultureInfo.InvariantCulture);
        static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
        var metadata = new Dictionary<string, string>
        {
            ["options"] = Task.CoderOptions,
            ["learning"] = Task.LearningOptions,
            ["atoms"] = Text(Task.AtomCount),
            ["dimension"] = Text(Dimension),
            ["device"] = Backend.Name,
            ["steps"] = Text(Alternations),
            ["rows"] = Text(RowCount),
            ["restart"] = Text(_restart),
            ["iteration"] = Text(_iteration),
            ["feeder"] = Text(_feederPosition),
            ["moments"] = Text(_updater.Moments),
            ["stride"] = Text(_curve.Stride),
            ["elapsed_ticks"] = Text(Elapsed.Ticks),
            ["flags"] = string.Join(',', Flags().Where(f => f.Set).Select(f => f.Name)),
            ["objective_bits"] = Bits(Objective),
            ["stalled"] = Text(_stalled),
            ["run_lowest_bits"] = Bits(_runLowest),
            ["lowest_bits"] = Bits(_lowest),
            ["weight_bits"] = Bits(_usage.Weight),
            ["l0_bits"] = Bits(L0),
        };
        if (_data is not null)
        {
            metadata["data"] = _data;
        }

        var tensors = new List<TensorToWrite>();
        foreach ((string name, float[]? atoms) in ((string, float[]?)[])[("atoms", _atoms), ("run_best", _runBest), ("best", _best)])
        {
            if (atoms is not null)
            {
                tensors.Add(TensorToWrite.Create(name, atoms, Task.AtomCount, Dimension));
            }
        }

        foreach ((string name, DeviceMatrix matrix) in _updater.State)
        {
            var values = new float[matrix.Length];
            Backend.Read(matrix, 0, values);
            tensors.Add(TensorToWrite.Create(name, values, matrix.Rows, matrix.Columns));
        }

        tensors.Add(TensorToWrite.Create("usage", (double[])[.. _usage.Energy, .. _usage.Users, .. _usage.Idle], 3, Task.AtomCount));
        AddWhereAny(tensors, "record.curve", [.. _curve.Points.SelectMany(p => (double[])[p.Step, p.Loss, p.L0])]);
        AddWhereAny(tensors, "record.replacements", [.. _replacements.SelectMany(r => (double[])[r.Step, r.Atom, (int)r.Reason])]);
        if (_warm is not null)
        {
            tensors.Add(TensorToWrite.Create("warm.offsets", Array.ConvertAll(_warm.RowOffsets.ToArray(), v => (double)v), _warm.RowCount + 1));
            if (_warm.NonZeroCount > 0)
            {
                tensors.Add(TensorToWrite.Create("warm.atoms", Array.ConvertAll(_warm.Atoms.ToArray(), v => (double)v), _warm.NonZeroCount));
                tensors.Add(TensorToWrite.Create("warm.values", _warm.Values.ToArray(), _warm.NonZeroCount));
            }
        }

        StateFile.Write(path, Task.Kind, metadata, tensors);
    }

    /// <summary>Goes on from a file; refused where it could not go on with the same bits. The session must be new.</summary>
    public void Restore(StateFile file)
    {
        string device = file.Text("device");
        if (device != Backend.Name)
        {
            Throw.InvalidOperation($"{file.FileName} was written on '{device}', but this run is on '{Backend.Name}': it would not go on with the same bits. Resume on the same device and SIMD tier.");
        }

        double Bits(string key) => BitConverter.Int64BitsToDouble(file.Number(key));
        Alternations = NotNegative(file, "steps", long.MaxValue);
        RowCount = NotNegative(file, "rows", long.MaxValue);
        _restart = (int)NotNegative(file, "restart", int.MaxValue);
        _iteration = (int)NotNegative(file, "iteration", int.MaxValue);
        _feederPosition = NotNegative(file, "feeder", long.MaxValue);
        _updater.Moments = NotNegative(file, "moments", long.MaxValue);
        _elapsedBefore = TimeSpan.FromTicks(file.Number("elapsed_ticks"));
        string[] flags = file.Text("flags").Split(',');
        (_whole, _settled, _finished, _given) = (flags.Contains("whole"), flags.Contains("settled"), flags.Contains("finished"), flags.Contains("given"));
        _stalled = (int)NotNegative(file, "stalled", int.MaxValue);
        (Objective, _runLowest, _lowest) = (Bits("objective_bits"), Bits("run_lowest_bits"), Bits("lowest_bits"));
        (_usage.Weight, L0) = (Bits("weight_bits"), Bits("l0_bits"));
        _data = file.OptionalText("data");
        float[]? Atoms(string name) => file.Has(name) ? file.Floats(name, Task.AtomCount, Dimension) : null;
        (_atoms, _runBest, _best) = (Atoms("atoms"), Atoms("run_best"), Atoms("best"));
        if (_finished && _best is null)
        {
            Throw.InvalidData($"{file.FileName}: the run is finished, but the file has no tensor 'best'.");
        }

        foreach ((string name, DeviceMatrix matrix) in _updater.State)
        {
            Backend.Write(matrix, 0, file.Floats(name, matrix.Rows, matrix.Columns));
        }

        double[] usage = file.Doubles("usage", 3, Task.AtomCount);
        usage.AsSpan(0, Task.AtomCount).CopyTo(_usage.Energy);
        usage.AsSpan(Task.AtomCount, Task.AtomCount).CopyTo(_usage.Users);
        usage.AsSpan(2 * Task.AtomCount).CopyTo(_usage.Idle);
        _curve.Restore(Triples(file, "record.curve").Select(t => new TrainingPoint((long)t.A, t.B, t.C)), Math.Max(1, NotNegative(file, "stride", 1L << 40)));
        _replacements.AddRange(Triples(file, "record.replacements").Select(t => new AtomReplacement((long)t.A, (int)t.B, (ReplacementReason)(int)t.C)));
        _warm = file.Has("warm.offsets") ? WarmCodes(file) : null;
        Log.TrainingResumed(_logger, Alternations, file.FileName);
    }

    private (string Name, bool Set)[] Flags() => [("whole", _whole), ("settled", _settled), ("finished", _finished), ("given", _given)];

    private static void AddWhereAny(List<TensorToWrite> tensors, string name, double[] triples)
    {
        if (triples.Length > 0)
        {
            tensors.Add(TensorToWrite.Create(name, triples, triples.Length / 3, 3));
        }
    }

    private static IEnumerable<(double A, double B, double C)> Triples(StateFile file, string name)
    {
        if (!file.Has(name))
        {
            return [];
        }

        long rows = file.RowsOf(name);
        double[] values = file.Doubles(name, rows, 3);
        return Enumerable.Range(0, (int)rows).Select(i => (values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2]));
    }

    private SparseCodes WarmCodes(StateFile file)
    {
        int[] Integers(string name) => file.Has(name) ? Array.ConvertAll(file.Doubles(name, file.RowsOf(name)), v => (int)v) : [];
        try
        {
            return SparseCodes.FromRows(Task.AtomCount, Integers("warm.offsets"), Integers("warm.atoms"), file.Has("warm.values") ? file.Floats("warm.values", file.RowsOf("warm.values")) : []);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{file.FileName}: the codes of the last alternation are not valid: {exception.Message}", exception);
        }
    }

    private static long NotNegative(StateFile file, string key, long most)
    {
        long number = file.Number(key);
        if (number < 0 || number > most)
        {
            Throw.InvalidData($"{file.FileName}: metadata entry '{key}' is {number}; a number between 0 and {most} is expected.");
        }

        return number;
    }
}
