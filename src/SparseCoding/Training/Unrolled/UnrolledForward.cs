using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <summary>The forward pass of one layer, for training and inference alike, with its working memory for a fixed number of rows.</summary>
internal sealed class UnrolledForward : IDisposable
{
    private readonly Backend _backend;
    private readonly UnrolledSpec _spec;
    private readonly DeviceMatrix _pre;
    private readonly DeviceMatrix? _negative;
    private readonly DeviceMatrix? _scaled;
    private readonly DeviceMatrix? _largest;
    private readonly Dictionary<int, DeviceCodes> _selected = [];

    /// <summary>Takes memory for batches of that many rows.</summary>
    public UnrolledForward(Backend backend, UnrolledSpec spec, long rows, int dimension, int atomCount)
    {
        _backend = backend;
        _spec = spec;
        _pre = backend.Allocate(rows, atomCount);
        _negative = spec.NonNegative ? null : backend.Allocate(rows, atomCount);
        _scaled = spec.Weights == ListaWeights.Analytic ? backend.Allocate(rows, dimension) : null;
        for (int layer = 0; layer < spec.LayerCount; layer++)
        {
            int kept = spec.Kept(layer, atomCount);
            if (kept > 0 && !_selected.ContainsKey(kept))
            {
                _largest ??= backend.Allocate(rows, atomCount);
                _selected[kept] = backend.AllocateCodes(checked((int)rows), atomCount, kept);
            }
        }
    }

    /// <summary>
    /// next = S_θ(v), and with support selection S_θ(v) + θ sign(v) at the largest entries that are above the threshold.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">u − b, [rows, dimension].</param>
    /// <param name="code">z, [rows, atoms]; null in the first layer, where it is 0.</param>
    /// <param name="atoms">D, [atoms, dimension].</param>
    /// <param name="residual">Becomes r, [rows, dimension]; left as it is where r is the input (first layer) or is not needed (free weights).</param>
    /// <param name="next">Becomes the layer's code.</param>
    /// <param name="exempt">Becomes the sign of the entries that were not shrunk, 0 elsewhere; only where the layer keeps any.</param>
    public void Run(in DeviceLayer layer, DeviceMatrix input, DeviceMatrix? code, DeviceMatrix atoms, DeviceMatrix residual, DeviceMatrix next, DeviceMatrix? exempt)
    {
        if (_spec.Weights == ListaWeights.Free)
        {
            _backend.Product(input, false, layer.Weights, true, _pre, ProductEpilogue.None);
            if (code is not null)
            {
                _backend.Product(code, false, layer.Recurrent!, true, _pre, new ProductEpilogue { Beta = 1 });
            }
        }
        else
        {
            DeviceMatrix from = input;
            if (code is not null)
            {
                _backend.Map(MapOperation.Scale, residual, input);
                _backend.Product(code, false, atoms, false, residual, new ProductEpilogue { Alpha = -1, Beta = 1 });
                _backend.Map(MapOperation.Scale, _pre, code);
                from = residual;
            }

            if (layer.Step is { } step)
            {
                _backend.Map(MapOperation.Multiply, _scaled!, from, step);
                from = _scaled!;
            }

            _backend.Product(from, false, layer.Weights, true, _pre, new ProductEpilogue { Beta = code is null ? 0 : 1 });
        }

        Shrink(layer, next, exempt);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pre.Dispose();
        _negative?.Dispose();
        _scaled?.Dispose();
        _largest?.Dispose();
        foreach (DeviceCodes codes in _selected.Values)
        {
            codes.Dispose();
        }
    }

    /// <summary>The threshold is on the device, so S_θ(v) is written as max(v − θ, 0) − max(−v − θ, 0).</summary>
    private void Shrink(in DeviceLayer layer, DeviceMatrix next, DeviceMatrix? exempt)
    {
        _backend.Map(MapOperation.Add, next, _pre, layer.Threshold, 1, -1);
        _backend.Map(MapOperation.Relu, next, next);
        if (_negative is not null)
        {
            _backend.Map(MapOperation.Add, _negative, _pre, layer.Threshold, -1, -1);
            _backend.Map(MapOperation.Relu, _negative, _negative);
            _backend.Map(MapOperation.Add, next, next, _negative, 1, -1);
        }

        if (layer.Kept > 0)
        {
            DeviceCodes selected = _selected[layer.Kept];
            _backend.Select(_pre, new SelectionRule(_spec.NonNegative ? SelectionKind.TopK : SelectionKind.AbsTopK, layer.Kept), selected);
            _backend.Densify(selected, _largest!);
            _backend.Map(MapOperation.Mask, exempt!, next, _largest);
            _backend.Map(MapOperation.Sign, exempt!, exempt!);
            _backend.Map(MapOperation.Multiply, _largest!, exempt!, layer.Threshold);
            _backend.Map(MapOperation.Add, next, next, _largest!);
        }
    }
}
