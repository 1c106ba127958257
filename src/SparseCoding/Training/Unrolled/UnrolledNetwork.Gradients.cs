using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <content>Forward and backward passes.</content>
internal sealed partial class UnrolledNetwork
{
    private readonly List<DeviceMatrix> _work = [];
    private DeviceMatrix?[] _codes = [];
    private DeviceMatrix?[] _residuals = [];
    private DeviceMatrix?[] _exempt = [];
    private UnrolledForward? _forward;
    private CodeLossGradient? _codeLoss;
    private DeviceMatrix? _batch;
    private DeviceMatrix? _input;
    private DeviceMatrix? _residual;
    private DeviceMatrix? _gradient;
    private DeviceMatrix? _next;
    private DeviceMatrix? _sign;
    private DeviceMatrix? _pulled;
    private DeviceMatrix? _inputGradient;
    private DeviceMatrix? _row;
    private DeviceMatrix? _scalar;

    /// <inheritdoc/>
    public override void Load(ReadOnlySpan<float> signals)
    {
        long rows = signals.Length / _spec.Dimension;
        if (_batch is null || _batch.Rows != rows)
        {
            AllocateWork(rows);
        }

        _backend.Write(_batch!, 0, signals);
        if (_spec.InputScale != 1)
        {
            _backend.Map(MapOperation.Scale, _batch!, _batch!, null, 1 / _spec.InputScale);
        }
    }

    /// <inheritdoc/>
    public override void Backward(long number = 1)
    {
        DeviceMatrix code = Forward(number);
        float mean = 1f / code.Rows;
        _decoderHasGradient = true;
        bool learns = !Atoms.IsFrozen && !_phase.NewestOnly;
        _backend.Map(MapOperation.Scale, _residual!, _batch!);
        _backend.Product(code, false, Atoms.Value, false, _residual!, new ProductEpilogue { Beta = -1, Bias = Offset?.Value });
        _backend.Product(_residual!, false, Atoms.Value, true, _gradient!, new ProductEpilogue { Alpha = mean });
        if (_unrolled.Lambda != 0)
        {
            _backend.Map(MapOperation.Sign, _sign!, code, null, mean * _unrolled.Lambda);
            _backend.Map(MapOperation.Add, _gradient!, _gradient!, _sign!);
        }

        if (learns)
        {
            _backend.Product(code, true, _residual!, false, Atoms.Gradient!, new ProductEpilogue { Alpha = mean });
        }

        BackwardLayers(learns);
        if (learns && Offset is not null)
        {
            // Directly through the decoder, and with the opposite sign through the layers' input u − b.
            _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, Offset.Gradient!, _residual!, null, mean);
            _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, _row!, _inputGradient!);
            _backend.Map(MapOperation.Add, Offset.Gradient!, Offset.Gradient!, _row!, 1, -1);
        }
    }

    /// <inheritdoc/>
    public override void BackwardCodes(ReadOnlySpan<float> truth, long number = 1)
    {
        DeviceMatrix code = Forward(number);
        _decoderHasGradient = false;
        _codeLoss ??= new CodeLossGradient(_backend, _options.CodeLoss, code.Rows, _spec.AtomCount);
        _codeLoss.Run(code, truth, _gradient!);
        BackwardLayers(learns: false);
    }

    /// <inheritdoc/>
    public override (double Loss, double L0, double SquaredError) Measure(bool onCodes)
    {
        DeviceMatrix code = _codes[_phase.Depth - 1]!;
        double Total(ReduceOperation operation, DeviceMatrix matrix)
        {
            _backend.Reduce(operation, ReduceAxis.All, _scalar!, matrix, null, 1f / code.Rows);
            return _backend.ReadLagged(_scalar!);
        }

        double active = Total(ReduceOperation.CountNonZero, code);
        if (onCodes)
        {
            return (_codeLoss!.Measure(code), active, double.NaN);
        }

        double squared = Total(ReduceOperation.SumSquares, _residual!);
        return ((0.5 * squared) + (_unrolled.Lambda == 0 ? 0 : _unrolled.Lambda * Total(ReduceOperation.SumAbsolute, code)), active, squared);
    }

    /// <summary>Runs the layers that the step uses; the code of the last one.</summary>
    private DeviceMatrix Forward(long number)
    {
        _phase = PhaseOf(number);
        if (_phase.NewestOnly && number == _phase.FirstStep && _phase.Depth > 1)
        {
            CopyLayer(_phase.Depth - 2, _phase.Depth - 1);
        }

        if (Offset is not null)
        {
            _backend.Map(MapOperation.Add, _input!, _batch!, Offset.Value, 1, -1);
        }

        for (int i = 0; i < _phase.Depth; i++)
        {
            _forward!.Run(_layers[i], _input!, i == 0 ? null : _codes[i - 1], Atoms.Value, _residuals[i]!, _codes[i]!, _exempt[i]);
        }

        return _codes[_phase.Depth - 1]!;
    }

    /// <summary>A new layer begins as the one before it is now.</summary>
    private void CopyLayer(int from, int to)
    {
        void Copy(Parameter? source, Parameter? target)
        {
            if (source is not null && target is not null && source != target)
            {
                _backend.Map(MapOperation.Scale, target.Value, source.Value);
                if (target.Average is { } average)
                {
                    // Otherwise its average would remember where the layer stood before it was one.
                    _backend.Map(MapOperation.Scale, average, source.Average!);
                }
            }
        }

        Copy(_weights[from], _weights[to]);
        Copy(_recurrent[from], _recurrent[to]);
        Copy(_thresholds[from], _thresholds[to]);
        Copy(_steps[from], _steps[to]);
    }

    /// <summary>
    /// From the gradient at the last code down to the lowest layer that moves. Through the shrinkage it passes where the code is not 0, and
    /// ∂/∂θ = −Σ sign(z) at the entries that were shrunk.
    /// </summary>
    private void BackwardLayers(bool learns)
    {
        int last = _phase.Depth - 1, lowest = _phase.NewestOnly ? last : 0;
        bool toInput = learns && Offset is not null;
        for (int i = last; i >= lowest; i--)
        {
            DeviceMatrix gradient = _gradient!;
            DeviceMatrix? code = i == 0 ? null : _codes[i - 1];
            bool further = i > lowest;
            _backend.Map(MapOperation.Mask, gradient, gradient, _codes[i]!);
            ThresholdGradient(i, gradient);
            var add = new ProductEpilogue { Beta = i < last && _unrolled.SharesWeights ? 1 : 0 };
            if (_unrolled.Weights == ListaWeights.Free)
            {
                _backend.Product(gradient, true, _input!, false, _weights[i].Gradient!, add);
                if (toInput)
                {
                    _backend.Product(gradient, false, _weights[i].Value, false, _inputGradient!, new ProductEpilogue { Beta = i < last ? 1 : 0 });
                }

                if (code is not null)
                {
                    _backend.Product(gradient, true, code, false, _recurrent[i]!.Gradient!, add);
                }

                if (further)
                {
                    _backend.Product(gradient, false, _recurrent[i]!.Value, false, _next!, ProductEpilogue.None);
                    (_gradient, _next) = (_next, _gradient);
                }

                continue;
            }

            DeviceMatrix from = code is null ? _input! : _residuals[i]!;
            if (!_weights[i].IsFrozen)
            {
                _backend.Product(gradient, true, from, false, _weights[i].Gradient!, add);
            }

            if (further || toInput || _steps[i] is not null)
            {
                _backend.Product(gradient, false, _weights[i].Value, false, _pulled!, ProductEpilogue.None);
            }

            if (_steps[i] is { } step)
            {
                _backend.Reduce(ReduceOperation.Dot, ReduceAxis.All, step.Gradient!, from, _pulled!);
                if (further)
                {
                    _backend.Map(MapOperation.Multiply, _pulled!, _pulled!, step.Value);
                }
            }

            if (toInput)
            {
                _backend.Map(i < last ? MapOperation.Add : MapOperation.Scale, _inputGradient!, _pulled!, i < last ? _inputGradient : null);
            }

            if (further)
            {
                if (learns)
                {
                    _backend.Product(code!, true, _pulled!, false, Atoms.Gradient!, new ProductEpilogue { Alpha = -1, Beta = 1 });
                }

                _backend.Product(_pulled!, false, Atoms.Value, true, gradient, new ProductEpilogue { Alpha = -1, Beta = 1 });
            }
        }
    }

    private void ThresholdGradient(int layer, DeviceMatrix gradient)
    {
        DeviceMatrix target = _thresholds[layer].Gradient!;
        ReduceAxis axis = _unrolled.ThresholdPerAtom ? ReduceAxis.EachColumn : ReduceAxis.All;
        _backend.Map(MapOperation.Sign, _sign!, _codes[layer]!);
        if (_exempt[layer] is { } exempt)
        {
            _backend.Map(MapOperation.Add, _sign!, _sign!, exempt, 1, -1);
        }

        _backend.Reduce(ReduceOperation.Dot, axis, target, gradient, _sign!, -1);
    }

    private void AllocateWork(long rows)
    {
        DisposeWork();
        int layers = _unrolled.LayerCount, atoms = _spec.AtomCount, dimension = _spec.Dimension;
        DeviceMatrix Take(long height, int width)
        {
            DeviceMatrix matrix = _backend.Allocate(height, width);
            _work.Add(matrix);
            return matrix;
        }

        _batch = Take(rows, dimension);
        _input = Offset is null ? _batch : Take(rows, dimension);
        _residual = Take(rows, dimension);
        _gradient = Take(rows, atoms);
        _next = _unrolled.Weights == ListaWeights.Free ? Take(rows, atoms) : null;
        _sign = Take(rows, atoms);
        _pulled = Take(rows, dimension);
        _inputGradient = Offset is { IsFrozen: false } ? Take(rows, dimension) : null;
        _row = Take(1, dimension);
        _scalar = Take(1, 1);
        _codes = new DeviceMatrix?[layers];
        _residuals = new DeviceMatrix?[layers];
        _exempt = new DeviceMatrix?[layers];
        for (int i = 0; i < layers; i++)
        {
            _codes[i] = Take(rows, atoms);
            _residuals[i] = i == 0 || _unrolled.Weights == ListaWeights.Free ? _input : Take(rows, dimension);
            _exempt[i] = _unrolled.Kept(i, atoms) > 0 ? Take(rows, atoms) : null;
        }

        _forward = new UnrolledForward(_backend, _unrolled, rows, dimension, atoms);
    }

    private void DisposeWork()
    {
        foreach (DeviceMatrix matrix in _work)
        {
            matrix.Dispose();
        }

        _work.Clear();
        _forward?.Dispose();
        _codeLoss?.Dispose();
        (_forward, _codeLoss) = (null, null);
    }
}
