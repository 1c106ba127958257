using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <content>The order of a step, and the loss on known codes.</content>
internal sealed partial class SaeNetwork
{
    /// <inheritdoc/>
    public override void Load(ReadOnlySpan<float> signals) => Load(signals, []);

    /// <inheritdoc/>
    public override void Load(SignalBatch batch)
    {
        if (_targetUnits is null && batch.TargetDimension > 0)
        {
            Throw.NotSupported($"The batch has targets of dimension {batch.TargetDimension}, but {_model.Options.Decoder.GetType().Name} reconstructs the signals and would ignore them. Use SaeOptions.Decoder = new TranscoderDecoderOptions {{ OutputDimension = {batch.TargetDimension} }}, or leave the targets out.");
        }

        if (_targetUnits is not null && batch.TargetDimension != _model.OutputDimension)
        {
            Throw.Argument($"The batch has targets of shape [{batch.Count}, {batch.TargetDimension}] (0: none), but the transcoder predicts dimension {_model.OutputDimension}: pair the signals with ActivationSource.WithTargets, or fill SignalBatch.Targets.", nameof(batch));
        }

        int bad = FiniteCheck.FirstNotFinite(batch.Targets);
        if (bad >= 0)
        {
            Throw.Argument($"The batch's targets hold {batch.Targets[bad]} at row {bad / batch.TargetDimension}, column {bad % batch.TargetDimension}.", nameof(batch));
        }

        Load(batch.Signals, batch.Targets);
        _selection.Load(_step!, batch);
    }

    /// <summary>Signals [rows, dimension] and, where the decoder reconstructs something else, its targets [rows, output dimension].</summary>
    public void Load(ReadOnlySpan<float> signals, ReadOnlySpan<float> targets)
    {
        int rows = signals.Length / _spec.Dimension;
        if (_step is null || _step.Rows != rows)
        {
            DisposeStep();
            _step = new SaeStep(_backend, rows, _spec.Dimension, _model.OutputDimension, IsCentred, _targetUnits is not null);
            _step.Codes = _selection.Allocate(rows);
        }

        _backend.Write(_step.Signals, 0, signals);
        _inputUnits.Apply(_step, _step.Signals);
        if (_targetUnits is not null)
        {
            _backend.Write(_step.Target, 0, targets);
            _targetUnits.Apply(_step, _step.Target);
        }
    }

    /// <inheritdoc/>
    public override void Backward(long number = 1)
    {
        SaeStep step = Begin(number);
        _encoder.WantsSums = _decoderHasGradient = true;
        foreach (RemedyPart remedy in _remedies)
        {
            remedy.BeforeForward(step);
        }

        ObserveAverages(step);

        Forward(step);
        _decoder.Forward(step);
        _penalty?.BeforeGradient(step);
        _decoder.Backward(step);
        _selection.AddLossGradient(step);
        _penalty?.AddGradient(step);
        foreach (RemedyPart remedy in _remedies)
        {
            remedy.AddCodeGradient(step);
        }

        _selection.Backward(step);
        foreach (RemedyPart remedy in _remedies)
        {
            remedy.AddParameterGradient(step);
        }

        _decoder.CompleteGradient(step);
        if (Offset is { IsFrozen: false } offset)
        {
            // ∂/∂b: directly through the decoder, and with the opposite sign through the encoder's input u − b.
            _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, offset.Gradient!, _decoder.OffsetResidual(step), null, step.Mean);
            if (IsCentred)
            {
                _backend.Product(_encoder.GradientSums!, false, _encoder.Weights.Value, false, offset.Gradient!, new ProductEpilogue { Alpha = -1, Beta = 1 });
                _selection.AddOffsetGradient(step, offset.Gradient!);
            }
        }
    }

    /// <inheritdoc/>
    public override void BackwardCodes(ReadOnlySpan<float> truth, long number = 1)
    {
        SaeSpec.RequireTeachable(_model.Options);
        SaeStep step = Begin(number);
        _encoder.WantsSums = _decoderHasGradient = false;
        ObserveAverages(step);
        Forward(step);
        (DeviceMatrix codes, DeviceMatrix wanted, DeviceMatrix gradient) = OnCodes(step);
        _backend.Write(wanted, 0, truth);
        if (_options.CodeLoss == CodeLoss.SquaredError)
        {
            _backend.Map(MapOperation.Add, gradient, codes, wanted, step.Mean, -step.Mean);
        }
        else
        {
            CosineGradient(step, codes, wanted, gradient);
        }

        step.Codes.ReceiveGradient(gradient);
        _selection.Backward(step);
    }

    /// <inheritdoc/>
    public override (double Loss, double L0, double SquaredError) Measure(bool onCodes)
    {
        SaeStep step = _step!;
        double active = step.Total(ReduceOperation.CountNonZero, step.Codes.Values, null, step.Mean);
        if (!onCodes)
        {
            double squared = step.Total(ReduceOperation.SumSquares, step.Residual, null, step.Mean);
            double loss = (0.5 * squared) + _decoder.ExtraLoss(step) + _selection.LossValue(step) + (_penalty?.Value(step) ?? 0);
            foreach (RemedyPart remedy in _remedies)
            {
                loss += remedy.Value(step);
            }

            return (loss, active, squared);
        }

        (DeviceMatrix codes, DeviceMatrix wanted, DeviceMatrix gradient) = OnCodes(step);
        if (_options.CodeLoss == CodeLoss.SquaredError)
        {
            _backend.Map(MapOperation.Add, gradient, codes, wanted, 1, -1);
            return (0.5 * step.Total(ReduceOperation.SumSquares, gradient, null, step.Mean), active, double.NaN);
        }

        (_, _, DeviceMatrix cosines) = ColumnCosines(step, codes, wanted);
        return (step.Total(ReduceOperation.Sum, cosines, null, -1f / _spec.AtomCount), active, double.NaN);
    }

    /// <inheritdoc/>
    public override double? TargetVariance()
    {
        if (_targetUnits is null && !SaeSpec.HasInputRows(_model.Options) && !RowNormalizer.IsByRow(_model.Options.Normalization))
        {
            return null;
        }

        SaeStep step = _step!;
        DeviceMatrix means = step.Scratch("variance.means", 1, _model.OutputDimension);
        _backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, means, step.Target, null, step.Mean);
        return step.Total(ReduceOperation.SumSquares, step.Target, null, step.Mean) - step.Total(ReduceOperation.SumSquares, means);
    }

    private SaeStep Begin(long number)
    {
        _step!.Number = number;
        (_step.Piece, _step.Share) = (_updates.Piece, _updates.PieceShare);
        return _step;
    }

    private void Forward(SaeStep step)
    {
        Centre(step);
        _selection.Forward(step);
    }

    private void Centre(SaeStep step)
    {
        if (step.Input != step.Signals)
        {
            _backend.Map(MapOperation.Add, step.Input, step.Signals, Offset!.Value, 1, -1);
        }
    }

    /// <summary>Shows a batch to the averaged weights, where a selection has to know what they make of it.</summary>
    private void ObserveAverages(SaeStep step)
    {
        if (ObservesAverages && step.Piece == 0 && step.Number % BatchStatistic.AverageSteps == 0 && _updates.Number > 0)
        {
            ShowToAverages(step);
        }
    }

    // Apart, because its closure would otherwise be allocated in every step.
    private void ShowToAverages(SaeStep step) => _updates.OnAverages(() =>
    {
        Centre(step);
        _selection.ObserveAverages(step);
        return true;
    });

    /// <summary>The codes as a matrix, the true ones, and a place for their gradient, all [rows, atoms].</summary>
    private (DeviceMatrix Codes, DeviceMatrix Truth, DeviceMatrix Gradient) OnCodes(SaeStep step)
    {
        int atoms = _spec.AtomCount;
        DeviceMatrix codes = step.Codes.IsDense ? step.Codes.Values : step.Scratch("codes.dense", step.Rows, atoms);
        if (step.Codes is SparseCodeBatch sparse)
        {
            _backend.Densify(sparse.Codes, codes);
        }

        return (codes, step.Scratch("codes.truth", step.Rows, atoms), step.Codes.IsDense ? step.Codes.Gradient : step.Scratch("codes.gradient", step.Rows, atoms));
    }

    /// <summary>∂/∂ẑ of −(1/N) Σ_j cos_j: −(1/N)(t/(‖ẑ‖‖t‖) − cos·ẑ/‖ẑ‖²) for each column j across the batch.</summary>
    private void CosineGradient(SaeStep step, DeviceMatrix codes, DeviceMatrix truth, DeviceMatrix gradient)
    {
        (DeviceMatrix a, DeviceMatrix b, DeviceMatrix c) = ColumnCosines(step, codes, truth);
        _backend.Map(MapOperation.Multiply, gradient, truth, a, -1f / _spec.AtomCount);
        _backend.Map(MapOperation.Multiply, b, c, b, 1f / _spec.AtomCount);
        DeviceMatrix scaled = step.Scratch("cosine.scaled", step.Rows, _spec.AtomCount);
        _backend.Map(MapOperation.Multiply, scaled, codes, b);
        _backend.Map(MapOperation.Add, gradient, gradient, scaled, 1, 1);
    }

    /// <summary>For each column: A = 1/(‖ẑ‖‖t‖), B = 1/‖ẑ‖², C = cosine; all 0 where a column is 0.</summary>
    private (DeviceMatrix A, DeviceMatrix B, DeviceMatrix C) ColumnCosines(SaeStep step, DeviceMatrix codes, DeviceMatrix truth)
    {
        int atoms = _spec.AtomCount;
        DeviceMatrix a = step.Scratch("cosine.a", 1, atoms), b = step.Scratch("cosine.b", 1, atoms), c = step.Scratch("cosine.c", 1, atoms);
        _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachColumn, a, truth);
        _backend.Map(MapOperation.InverseSquareRoot, a, a, null, 0);
        _backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachColumn, b, codes);
        _backend.Map(MapOperation.InverseSquareRoot, b, b, null, 0);
        _backend.Map(MapOperation.Multiply, a, a, b);
        _backend.Map(MapOperation.Multiply, b, b, b);
        _backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachColumn, c, codes, truth);
        _backend.Map(MapOperation.Multiply, c, c, a);
        return (a, b, c);
    }

    private void DisposeStep()
    {
        _step?.Dispose();
        _step = null;
    }
}
