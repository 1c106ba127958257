using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <content>Forward and backward passes, in two forms: dense codes (ReLU, or a loss on known codes) and sparse codes (TopK).</content>
internal sealed partial class Network
{
    private readonly List<DeviceMatrix> _hidden = [];
    private readonly List<DeviceMatrix> _hiddenGradients = [];
    private DeviceMatrix? _batch;
    private DeviceMatrix? _input;
    private DeviceMatrix? _residual;
    private DeviceMatrix? _dense;
    private DeviceMatrix? _denseGradient;
    private DeviceMatrix? _truth;
    private DeviceCodes? _codes;
    private DeviceCodes? _codeGradient;
    private DeviceMatrix? _valueGradient;
    private DeviceMatrix? _scalar;
    private DeviceMatrix? _row;
    private DeviceMatrix? _columnA;
    private DeviceMatrix? _columnB;
    private DeviceMatrix? _columnC;

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
        _decoderHasGradient = true;
        float mean = 1f / _batch!.Rows;
        DeviceMatrix last = ForwardHidden();
        DeviceMatrix weight = _weights[^1].Value;
        if (_codes is not null)
        {
            _backend.EncodeAndSelect(last, weight, _biases[^1]?.Value, _spec.Selection.Rule, _codes);
            _backend.DecodeResidual(_codes, Atoms.Value, Offset?.Value, _batch, _residual!);
            _backend.SampledProduct(_codes, Atoms.Value, _residual!, _valueGradient!, mean);
            if (_lambda != 0)
            {
                _backend.PenaltyGradient(_codes, _valueGradient!, mean * _lambda);
            }

            if (!Atoms.IsFrozen)
            {
                _backend.WeightGradient(_codes, _residual!, Atoms.Gradient!, mean);
            }

            DeviceCodes gradient = _codeGradient!;
            _backend.WeightGradient(gradient, last, _weights[^1].Gradient!, 1);
            if (_biases[^1] is { } bias)
            {
                _backend.SumCodes(gradient, bias.Gradient!, 1);
            }

            _backend.DecodeResidual(gradient, weight, null, null, _hiddenGradients[^1]);
            _backend.Map(MapOperation.ReluGradient, _hiddenGradients[^1], _hiddenGradients[^1], _hidden[^1]);
        }
        else
        {
            _backend.Product(last, false, weight, true, _dense!, new ProductEpilogue { Bias = _biases[^1]?.Value, Relu = true });
            _backend.Map(MapOperation.Scale, _residual!, _batch);
            _backend.Product(_dense!, false, Atoms.Value, false, _residual!, new ProductEpilogue { Beta = -1, Bias = Offset?.Value });

            // Through the ReLU the penalty's gradient is λ where the code is active: a constant bias under the mask.
            if (_lambda != 0)
            {
                _backend.Fill(_columnA!, mean * _lambda);
            }

            _backend.Product(_residual!, false, Atoms.Value, true, _denseGradient!, new ProductEpilogue { Alpha = mean, Bias = _lambda == 0 ? null : _columnA, Mask = _dense });
            if (!Atoms.IsFrozen)
            {
                _backend.Product(_dense!, true, _residual!, false, Atoms.Gradient!, new ProductEpilogue { Alpha = mean });
            }

            BackwardLastDense(last);
        }

        BackwardHidden();
        if (Offset is { IsFrozen: false })
        {
            // ∂/∂b: directly through the decoder, and with the opposite sign through the encoder's input u − b.
            _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, Offset.Gradient!, _residual!, null, mean);
            DeviceMatrix sums = FirstLayerSums();
            _backend.Product(sums, false, _weights[0].Value, false, Offset.Gradient!, new ProductEpilogue { Alpha = -1, Beta = 1 });
        }
    }

    /// <inheritdoc/>
    public override void BackwardCodes(ReadOnlySpan<float> truth, long number = 1)
    {
        _decoderHasGradient = false;
        long rows = _batch!.Rows;
        _truth ??= _backend.Allocate(rows, _spec.AtomCount);
        _dense ??= _backend.Allocate(rows, _spec.AtomCount);
        _denseGradient ??= _backend.Allocate(rows, _spec.AtomCount);
        _backend.Write(_truth, 0, truth);
        DeviceMatrix last = ForwardHidden();
        ForwardDense(last);
        if (_options.CodeLoss == CodeLoss.SquaredError)
        {
            _backend.Map(MapOperation.Add, _denseGradient, _dense, _truth, 1f / rows, -1f / rows);
        }
        else
        {
            CosineGradient();
        }

        _backend.Map(MapOperation.ReluGradient, _denseGradient, _denseGradient, _dense);
        BackwardLastDense(last);
        BackwardHidden();
    }

    /// <inheritdoc/>
    public override (double Loss, double L0, double SquaredError) Measure(bool onCodes)
    {
        double rows = _batch!.Rows;
        double Total(ReduceOperation operation, DeviceMatrix a, DeviceMatrix? b = null)
        {
            _backend.Reduce(operation, ReduceAxis.All, _scalar!, a, b, (float)(1 / rows));
            return _backend.ReadLagged(_scalar!);
        }

        DeviceMatrix values = _codes is not null && !onCodes ? _codes.Values : _dense!;
        double active = Total(ReduceOperation.CountNonZero, values);
        if (!onCodes)
        {
            double squared = Total(ReduceOperation.SumSquares, _residual!);
            return ((0.5 * squared) + (_lambda == 0 ? 0 : _lambda * Total(ReduceOperation.SumAbsolute, values)), active, squared);
        }

        if (_options.CodeLoss == CodeLoss.SquaredError)
        {
            _backend.Map(MapOperation.Add, _denseGradient!, _dense!, _truth!, 1, -1);
            return (0.5 * Total(ReduceOperation.SumSquares, _denseGradient!), active, double.NaN);
        }

        ColumnCosines();
        _backend.Reduce(ReduceOperation.Sum, ReduceAxis.All, _scalar!, _columnC!, null, -1f / _spec.AtomCount);
        return (_backend.ReadLagged(_scalar!), active, double.NaN);
    }

    private DeviceMatrix ForwardHidden()
    {
        DeviceMatrix current = _batch!;
        if (Offset is not null)
        {
            _backend.Map(MapOperation.Add, _input!, _batch!, Offset.Value, 1, -1);
            current = _input!;
        }

        for (int i = 0; i + 1 < _weights.Length; i++)
        {
            _backend.Product(current, false, _weights[i].Value, true, _hidden[i], new ProductEpilogue { Bias = _biases[i]?.Value, Relu = true });
            current = _hidden[i];
        }

        return current;
    }

    private void ForwardDense(DeviceMatrix last)
    {
        if (_spec.Selection is TopKSelection)
        {
            _backend.EncodeAndSelect(last, _weights[^1].Value, _biases[^1]?.Value, _spec.Selection.Rule, _codes!);
            _backend.Densify(_codes!, _dense!);
            return;
        }

        _backend.Product(last, false, _weights[^1].Value, true, _dense!, new ProductEpilogue { Bias = _biases[^1]?.Value, Relu = true });
    }

    private void BackwardLastDense(DeviceMatrix last)
    {
        _backend.Product(_denseGradient!, true, last, false, _weights[^1].Gradient!, ProductEpilogue.None);
        if (_biases[^1] is { } bias)
        {
            _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, bias.Gradient!, _denseGradient!);
        }

        _backend.Product(_denseGradient!, false, _weights[^1].Value, false, _hiddenGradients[^1], new ProductEpilogue { Mask = _hidden[^1] });
    }

    private void BackwardHidden()
    {
        for (int i = _weights.Length - 2; i >= 0; i--)
        {
            DeviceMatrix below = i == 0 ? (Offset is null ? _batch! : _input!) : _hidden[i - 1];
            _backend.Product(_hiddenGradients[i], true, below, false, _weights[i].Gradient!, ProductEpilogue.None);
            if (_biases[i] is { } bias)
            {
                _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, bias.Gradient!, _hiddenGradients[i]);
            }

            if (i > 0)
            {
                _backend.Product(_hiddenGradients[i], false, _weights[i].Value, false, _hiddenGradients[i - 1], new ProductEpilogue { Mask = _hidden[i - 1] });
            }
        }
    }

    /// <summary>Column sums of the gradient at the first layer's outputs, [1, outputs]: the bias gradient where there is a bias.</summary>
    private DeviceMatrix FirstLayerSums()
    {
        if (_biases[0] is { } bias)
        {
            return bias.Gradient!;
        }

        _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, _row!, _hiddenGradients[0]);
        return _row!;
    }

    /// <summary>∂/∂ẑ of −(1/N) Σ_j cos_j: −(1/N)(t/(‖ẑ‖‖t‖) − cos·ẑ/‖ẑ‖²) for each column j across the batch.</summary>
    private void CosineGradient()
    {
        ColumnCosines();
        _backend.Map(MapOperation.Multiply, _denseGradient!, _truth!, _columnA!, -1f / _spec.AtomCount);
        DeviceMatrix ratio = _columnB!;
        _backend.Map(MapOperation.Multiply, ratio, _columnC!, ratio, 1f / _spec.AtomCount);
        DeviceMatrix scaled = _scaledDense ??= _backend.Allocate(_dense!.Rows, _dense.Columns);
        _backend.Map(MapOperation.Multiply, scaled, _dense!, ratio);
        _backend.Map(MapOperation.Add, _denseGradient!, _denseGradient!, scaled, 1, 1);
    }

    private DeviceMatrix? _scaledDense;

    /// <summary>For each column: A = 1/(‖ẑ‖‖t‖), B = 1/‖ẑ‖², C = cosine; all 0 where a column is 0.</summary>
    private void ColumnCosines()
    {
        DeviceMatrix a = _columnA!, b = _columnB!, c = _columnC!;
        _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachColumn, a, _truth!);
        _backend.Map(MapOperation.InverseSquareRoot, a, a, null, 0);
        _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachColumn, b, _dense!);
        _backend.Map(MapOperation.InverseSquareRoot, b, b, null, 0);
        _backend.Map(MapOperation.Multiply, a, a, b);
        _backend.Map(MapOperation.Multiply, b, b, b);
        _backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachColumn, c, _dense!, _truth);
        _backend.Map(MapOperation.Multiply, c, c, a);
    }

    private void AllocateWork(long rows)
    {
        DisposeWork();
        int atoms = _spec.AtomCount, dimension = _spec.Dimension;
        _batch = _backend.Allocate(rows, dimension);
        _residual = _backend.Allocate(rows, dimension);
        _input = Offset is null ? null : _backend.Allocate(rows, dimension);
        foreach (int width in _spec.Hidden)
        {
            _hidden.Add(_backend.Allocate(rows, width));
            _hiddenGradients.Add(_backend.Allocate(rows, width));
        }

        if (_spec.Selection.Rule.Kind == SelectionKind.TopK)
        {
            _codes = _backend.AllocateCodes(checked((int)rows), atoms, _spec.Selection.Rule.Capacity(atoms));
            _valueGradient = _backend.Allocate(rows, _codes.Capacity);
            _codeGradient = _codes.WithValues(_valueGradient);
        }
        else
        {
            _dense = _backend.Allocate(rows, atoms);
            _denseGradient = _backend.Allocate(rows, atoms);
        }

        _scalar = _backend.Allocate(1, 1);
        _row = _backend.Allocate(1, (int)_weights[0].Value.Rows);
        _columnA = _backend.Allocate(1, atoms);
        _columnB = _backend.Allocate(1, atoms);
        _columnC = _backend.Allocate(1, atoms);
    }

    private void DisposeWork()
    {
        foreach (DeviceMatrix? matrix in (DeviceMatrix?[])[.. _hidden, .. _hiddenGradients, _batch, _input, _residual, _dense, _denseGradient, _scaledDense, _truth, _valueGradient, _scalar, _row, _columnA, _columnB, _columnC])
        {
            matrix?.Dispose();
        }

        _codes?.Dispose();
        _hidden.Clear();
        _hiddenGradients.Clear();
        _dense = _denseGradient = _scaledDense = _truth = _valueGradient = null;
        _codes = _codeGradient = null;
    }
}
