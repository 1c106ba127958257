using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>What one step works on: signals, codes and residual of a batch on the device, and scratch memory of the parts. Lives while the number of rows stays.</summary>
internal sealed class SaeStep : IDisposable
{
    private readonly Dictionary<(string Slot, long Rows, int Columns), DeviceMatrix> _scratch = [];

    /// <summary>Allocates for that many signals.</summary>
    public SaeStep(Backend backend, int rows, int inputDimension, int outputDimension, bool centred, bool paired)
    {
        Backend = backend;
        Rows = rows;
        Mean = 1f / rows;
        Signals = backend.Allocate(rows, inputDimension);
        Input = centred ? backend.Allocate(rows, inputDimension) : Signals;
        Target = paired ? backend.Allocate(rows, outputDimension) : Signals;
        Residual = backend.Allocate(rows, outputDimension);
        Scalar = backend.Allocate(1, 1);
    }

    /// <summary>The backend.</summary>
    public Backend Backend { get; }

    /// <summary>Signals of the batch.</summary>
    public int Rows { get; }

    /// <summary>1/rows: the loss is the mean over the batch.</summary>
    public float Mean { get; }

    /// <summary>Number of the step, from 1.</summary>
    public long Number { get; set; } = 1;

    /// <summary>Which piece of the step's batch this is, from 0.</summary>
    public int Piece { get; set; }

    /// <summary>Its share of the batch's rows; 1 where the batch is whole.</summary>
    public float Share { get; set; } = 1;

    /// <summary>The scaled signals u, [rows, input dimension].</summary>
    public DeviceMatrix Signals { get; }

    /// <summary>What the encoder sees: u − b, [rows, input dimension]; the signals themselves without a bias.</summary>
    public DeviceMatrix Input { get; }

    /// <summary>What is to be reconstructed, [rows, output dimension]: the signals, or a transcoder's targets.</summary>
    public DeviceMatrix Target { get; }

    /// <summary>û − target, [rows, output dimension]; the sign is that of the gradient.</summary>
    public DeviceMatrix Residual { get; }

    /// <summary>Codes and their gradient.</summary>
    public CodeBatch Codes { get; set; } = null!;

    /// <summary>What a penalty acts on: the codes, unless a selection has put others here (a gate's pre-activations through a ReLU). Disposed with the step.</summary>
    public CodeBatch Penalized
    {
        get => field ?? Codes;
        set;
    }

    /// <summary>A [1, 1] matrix for sums.</summary>
    public DeviceMatrix Scalar { get; }

    /// <summary>A matrix for a part's own use; one for each slot and shape.</summary>
    public DeviceMatrix Scratch(string slot, long rows, int columns)
    {
        if (!_scratch.TryGetValue((slot, rows, columns), out DeviceMatrix? matrix))
        {
            _scratch[(slot, rows, columns)] = matrix = Backend.Allocate(rows, columns);
        }

        return matrix;
    }

    /// <summary>A sum over all entries, times a scale, on the host; for measuring only.</summary>
    public double Total(ReduceOperation operation, DeviceMatrix a, DeviceMatrix? b = null, float scale = 1)
    {
        Backend.Reduce(operation, ReduceAxis.All, Scalar, a, b, scale);
        return Backend.ReadLagged(Scalar);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Signals.Dispose();
        Input.Dispose();
        Target.Dispose();
        Residual.Dispose();
        Scalar.Dispose();
        if (Codes is not null && Penalized != Codes)
        {
            Penalized.Dispose();
        }

        Codes?.Dispose();
        foreach (DeviceMatrix matrix in _scratch.Values)
        {
            matrix.Dispose();
        }
    }
}
