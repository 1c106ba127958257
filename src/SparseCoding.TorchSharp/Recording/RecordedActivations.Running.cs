using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using TorchSharp;

namespace SparseCoding.Torch;

/// <content>Running the model.</content>
public sealed partial class RecordedActivations
{
    /// <summary>
    /// Records all rows to a .npy file, [rows, dimension] float32, in one pass of the model; <see cref="ActivationFiles"/> opens it. The file appears only when it is whole.
    /// </summary>
    /// <param name="path">File to write.</param>
    /// <param name="cancellationToken">Stops between batches; no file is left then.</param>
    public void SaveNpy(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using var file = new NpyWriter<float>(path, [RowCount, Dimension]);
        for (int batch = 0; batch < BatchCount; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_starts[batch + 1] > _starts[batch])
            {
                file.Append(Load(batch).Values);
            }
        }

        file.Commit();
    }

    /// <summary>Row at which each batch starts, [batches + 1].</summary>
    private long[] CountRows()
    {
        var starts = new List<long> { 0 };
        for (int i = 0; ; i++)
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            if (_batches.TryGet(i) is not { } batch)
            {
                break;
            }

            long rows = RowsOf(batch, i);
            if (_options.Keep is not null)
            {
                rows = Kept(batch, rows, i).sum().to(torch.ScalarType.Int64).cpu().item<long>();
            }

            starts.Add(starts[^1] + rows);
        }

        return [.. starts];
    }

    private long RowsOf(torch.Tensor batch, int index)
    {
        if (batch is null || batch.IsInvalid)
        {
            Throw.Argument($"Batch {index} is null or disposed.", "batches");
        }

        if (_options.RowsOf is not null)
        {
            return Throw.AtLeast(_options.RowsOf(batch), 0, nameof(RecordingOptions.RowsOf));
        }

        return batch.is_floating_point() ? batch.numel() / Math.Max(1, batch.shape[^1]) : batch.numel();
    }

    private torch.Tensor Kept(torch.Tensor batch, long rows, int index)
    {
        torch.Tensor keep = _options.Keep!(batch);
        if (keep is null || keep.dtype != torch.ScalarType.Bool || keep.numel() != rows)
        {
            Throw.Argument($"Keep gave {(keep is null ? "null" : TensorCheck.Describe(keep))} for batch {index}; {rows} elements of Bool are needed.", "options");
        }

        return keep.reshape(-1);
    }

    /// <summary>Activations of a batch, [rows, dimension], from the cache or from the model.</summary>
    private RecordedRows Load(int batch)
    {
        for (LinkedListNode<(int Batch, RecordedRows Rows)>? node = _cache.First; node is not null; node = node.Next)
        {
            if (node.Value.Batch == batch)
            {
                _cache.Remove(node);
                _cache.AddFirst(node);
                return node.Value.Rows;
            }
        }

        RecordedRows rows = Run(batch);
        _cachedBytes += rows.Bytes;
        while (_cache.Last is { } oldest && _cachedBytes > _options.CacheBytes)
        {
            _cachedBytes -= oldest.Value.Rows.Bytes;
            _cache.RemoveLast();
        }

        _cache.AddFirst((batch, rows));
        return rows;
    }

    private RecordedRows Run(int index)
    {
        using var mode = torch.set_grad_enabled(_options.Loss is not null);
        using var scope = torch.NewDisposeScope();
        torch.Tensor batch = _batches.TryGet(index) ?? throw new InvalidDataException($"The enumeration of batches gave {index} this time, but {BatchCount} when it was counted; it must give the same ones at every enumeration.");
        float[]? rows = null, gradients = null;
        torch.Tensor? leaf = null;
        using var hook = new SubmoduleHook(_model, _submodule, output =>
        {
            rows = rows is null ? Take(batch, output, index) : throw new InvalidOperationException($"The submodule \"{_submodule}\" gave more than one output in one run of the model; which one is meant cannot be told.");

            if (_options.Loss is null)
            {
                return null;
            }

            // The rest of the model starts from a leaf of its own, so that nothing before it is in the graph. What the model gets is another reference to it, which its own scopes may dispose.
            leaf = output.detach().requires_grad_().DetachFromDisposeScope();
            return leaf.alias();
        });
        try
        {
            using EvaluationMode? evaluation = _options.Evaluate ? new EvaluationMode(_model) : null;
            if (_options.Loss is null)
            {
                _run(batch);
            }
            else
            {
                gradients = GradientsOf(_options.Loss(batch), leaf, batch, index);
            }
        }
        finally
        {
            leaf?.Dispose();
        }

        hook.RequireCalled(0);
        ModelRuns++;
        return new RecordedRows(rows!, gradients, rows!.Length / (int)(_starts[index + 1] - _starts[index]));
    }

    /// <summary>∂loss/∂activations [rows, dimension]; null where the submodule did not run, which is an error of its own.</summary>
    private float[]? GradientsOf(torch.Tensor loss, torch.Tensor? leaf, torch.Tensor batch, int index)
    {
        if (leaf is null)
        {
            return null;
        }

        if (loss is null || loss.numel() != 1 || !loss.requires_grad)
        {
            Throw.InvalidData($"RecordingOptions.Loss gave {(loss is null ? "null" : TensorCheck.Describe(loss))} for batch {index}; a tensor of one element that depends on the output of \"{_submodule}\" is needed.");
        }

        return Take(batch, torch.autograd.grad([loss!], [leaf])[0], index);
    }

    private float[] Take(torch.Tensor batch, torch.Tensor output, int index)
    {
        long expected = RowsOf(batch, index);
        if (!TensorCheck.IsFloat(output.dtype) || output.ndim < 2)
        {
            Throw.InvalidData($"The submodule \"{_submodule}\" gave {TensorCheck.Describe(output)} for batch {index}; expected [..., dimension] of a floating type.");
        }

        torch.Tensor rows = output.detach().reshape(-1, output.shape[^1]);
        if (rows.shape[0] != expected)
        {
            Throw.InvalidData($"The submodule \"{_submodule}\" gave {TensorCheck.Shape(output)} for batch {index}, {rows.shape[0]} rows; {expected} were expected from the batch's shape {TensorCheck.Shape(batch)}: set RecordingOptions.RowsOf.");
        }

        if (Dimension != 0 && rows.shape[1] != Dimension)
        {
            Throw.InvalidData($"The submodule \"{_submodule}\" gave {TensorCheck.Shape(output)} for batch {index}; other batches had dimension {Dimension}.");
        }

        if (_options.Keep is not null)
        {
            rows = rows[Kept(batch, expected, index).to(rows.device)];
        }

        if (index + 1 < _starts.Length && rows.shape[0] != _starts[index + 1] - _starts[index])
        {
            Throw.InvalidData($"Batch {index} has {rows.shape[0]} rows this time, but {_starts[index + 1] - _starts[index]} when they were counted; the enumeration must give the same batches every time.");
        }

        var values = new float[rows.numel()];
        TensorMemory.CopyTo(rows, values);
        int bad = FiniteCheck.FirstNotFinite(values);
        if (bad >= 0)
        {
            Throw.InvalidData($"The submodule \"{_submodule}\" gave {values[bad]} for batch {index}, row {bad / rows.shape[1]}, column {bad % rows.shape[1]}.");
        }

        return values;
    }
}
