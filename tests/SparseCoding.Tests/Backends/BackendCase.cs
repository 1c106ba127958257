using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>One use of the contract with fixed data: runs on any backend and gives what it computed.</summary>
/// <param name="Name">Operation, shape and variant.</param>
/// <param name="Body">Calls the operation and hands its results to the run.</param>
public sealed record BackendCase(string Name, Action<BackendRun> Body)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The results of a case: numbers with the bound on how far they may lie from another correct backend's.</summary>
/// <param name="What">Name of the result.</param>
/// <param name="Values">The numbers.</param>
/// <param name="Terms">Terms that are added for one number; 0 asks for equality.</param>
/// <param name="Magnitude">Sum of the magnitudes of the terms of one number, besides the number itself.</param>
public sealed record BackendResult(string What, double[] Values, long Terms, double Magnitude);

/// <summary>A case on one backend: makes inputs, the same on every backend, and collects results.</summary>
public sealed class BackendRun
{
    private readonly Backend _backend;
    private int _seed;

    internal BackendRun(Backend backend) => _backend = backend;

    /// <summary>Results in the order in which the case gave them.</summary>
    public List<BackendResult> Results { get; } = [];

    internal Backend Backend => _backend;

    /// <summary>Standard normal entries, about one in eight exactly 0.</summary>
    internal DeviceMatrix Normal(long rows, int columns)
    {
        float[] values = TestMatrices.Normal<float>((int)rows, columns, ++_seed);
        for (int i = 3; i < values.Length; i += 8)
        {
            values[i] = 0;
        }

        return From(values, rows, columns);
    }

    /// <summary>Integers −2 .. 2: their products are exact in float32, so that selections agree and ties abound.</summary>
    internal DeviceMatrix Integers(long rows, int columns)
    {
        var random = new Random(++_seed);
        var values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Next(-2, 3);
        }

        return From(values, rows, columns);
    }

    /// <summary>A matrix of given values.</summary>
    internal DeviceMatrix From(float[] values, long rows, int columns)
    {
        DeviceMatrix matrix = _backend.Allocate(rows, columns);
        if (values.Length > 0)
        {
            _backend.Write(matrix, 0, values);
        }

        return matrix;
    }

    /// <summary>Codes of at most <paramref name="active"/> signed entries a row; every fifth row has none.</summary>
    internal DeviceCodes Codes(int rows, int atoms, int active)
    {
        float[] pre = TestMatrices.Normal<float>(rows, atoms, ++_seed);
        for (int i = 0; i < pre.Length; i++)
        {
            pre[i] = i / atoms % 5 == 4 ? -1 : pre[i];
        }

        DeviceCodes codes = _backend.AllocateCodes(rows, atoms, active);
        _backend.Select(From(pre, rows, atoms), new SelectionRule(SelectionKind.TopK, active), codes);
        DeviceMatrix signed = _backend.Allocate(rows, active);
        _backend.GatherAtSupport(Normal(rows, atoms), codes, signed, 1);
        return codes.WithValues(signed);
    }

    /// <summary>Records a matrix.</summary>
    internal void Output(string what, DeviceMatrix matrix, long terms = 1, double magnitude = 0)
    {
        double[] values;
        if (matrix is ReferenceMatrix reference)
        {
            values = reference.Span.ToArray();
        }
        else
        {
            var read = new float[matrix.Length];
            if (read.Length > 0)
            {
                _backend.Read(matrix, 0, read);
            }

            values = Array.ConvertAll(read, value => (double)value);
        }

        Results.Add(new BackendResult(what, values, terms, magnitude));
    }

    /// <summary>Records codes: support and values of all places, and the flag.</summary>
    internal void Output(string what, DeviceCodes codes, long terms = 1, double magnitude = 0)
    {
        var indices = new int[codes.Rows * codes.Capacity];
        var counts = new int[codes.Rows];
        _backend.Read(codes.Indices, indices);
        _backend.Read(codes.Counts, counts);
        Output(what + " counts", counts);
        Output(what + " overflow", [codes.Overflowed ? 1 : 0]);
        Output(what + " indices", indices);
        Output(what + " values", codes.Values, terms, magnitude);
    }

    /// <summary>Records whole numbers, which must agree exactly.</summary>
    internal void Output(string what, int[] values) => Results.Add(new BackendResult(what, Array.ConvertAll(values, value => (double)value), 0, 0));
}
