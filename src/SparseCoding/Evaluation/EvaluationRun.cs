using System.Numerics.Tensors;
using SparseCoding.Metrics;

namespace SparseCoding.Evaluations;

/// <summary>One encoder over one source: one pass that encodes, decodes and sums up, then the comparisons with the truth.</summary>
internal sealed class EvaluationRun(IEncoder encoder, ActivationSource signals, SparseCodes? truth, IDictionary? dictionary, EvaluationOptions options, RunContext context)
{
    private readonly Dictionary<StopReason, long> _reasons = [];
    private TimeSpan _elapsed;

    /// <summary>Runs the evaluation; the source's position is put back.</summary>
    public EncoderReport Measure(string name, CancellationToken cancellation)
    {
        int dimension = encoder.Dimension, output = encoder.Decoder.OutputDimension;
        bool paired = signals.TargetDimension > 0;
        var errors = new ReconstructionSums(output);
        int[] widths = encoder is SaeEncoder { Options.Decoder: CrosscoderDecoderOptions crosscoder } ? [.. crosscoder.ViewDimensions] : [];
        ReconstructionSums[] views = [.. widths.Select(width => new ReconstructionSums(width))];
        var counts = new SparsityCounts(encoder.AtomCount, options.ActiveThreshold);
        var kept = truth is null ? null : new SparseCodesBuilder(encoder.AtomCount, truth.RowCount);
        var batch = new SignalBatch((int)Math.Min(options.BlockRows, signals.RowCount), dimension);
        var decoded = new float[batch.Capacity * output];
        long rows = 0, position = signals.Position;
        signals.Rewind();
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                signals.Read(batch);
                if (batch.Count == 0)
                {
                    break;
                }

                SparseCodes codes = encoder is GivenCodes given
                    ? given.Codes.Slice((int)rows, batch.Count)
                    : Encode(SignalView.FromRows(batch.Signals, dimension), cancellation);
                Tensor<float> reconstruction = encoder.Decoder.Decode(codes, SignalView.FromRows(batch.Signals, dimension), cancellation);
                Span<float> made = decoded.AsSpan(0, batch.Count * output), wanted = paired ? batch.Targets : batch.Signals;
                reconstruction.FlattenTo(made);
                errors.Add(wanted, made);
                AddViews(views, widths, wanted, made);
                counts.Add(codes);
                kept?.AddAll(codes);
                rows += batch.Count;
            }
        }
        finally
        {
            signals.Position = position;
        }

        var report = new EncoderReport
        {
            Name = name,
            Samples = rows,
            AtomCount = encoder.AtomCount,
            Dimension = dimension,
            Reconstruction = errors.Result(),
            Views = [.. views.Select(view => view.Result())],
            Sparsity = counts.Result(options.DenseLimit),
            EncodeTime = _elapsed,
            EncodingFlops = encoder.EncodingFlops(rows),
            Training = (encoder as ITrainedEncoder)?.Training,
            StopReasons = _reasons,
            ShowChance = options.Chance,
        };
        report = WithDictionary(report, cancellation);
        return kept is null ? report : WithCodes(report, kept.Build(), cancellation);
    }

    /// <summary>Adds the columns of each view, row by row.</summary>
    private static void AddViews(ReconstructionSums[] views, int[] widths, ReadOnlySpan<float> wanted, ReadOnlySpan<float> made)
    {
        int row = widths.Sum();
        for (int start = 0; row > 0 && start < wanted.Length; start += row)
        {
            for (int view = 0, at = start; view < views.Length; at += widths[view++])
            {
                views[view].Add(wanted.Slice(at, widths[view]), made.Slice(at, widths[view]));
            }
        }
    }

    private SparseCodes Encode(SignalView block, CancellationToken cancellation)
    {
        var request = new EncodeRequest { Context = context };
        long start = context.TimeProvider.GetTimestamp();
        if (!options.CountStopReasons)
        {
            SparseCodes codes = encoder.Encode(block, request, cancellation);
            _elapsed += context.TimeProvider.GetElapsedTime(start);
            return codes;
        }

        EncodeResult result = encoder.EncodeDetailed(block, request, cancellation);
        _elapsed += context.TimeProvider.GetElapsedTime(start);
        foreach (StopReason reason in result.StopReasons)
        {
            _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
        }

        return result.Codes;
    }

    private EncoderReport WithDictionary(EncoderReport report, CancellationToken cancellation) =>
        dictionary is null || encoder.Decoder is not IDictionary found ? report : report with
        {
            DictionaryMcc = Mcc.Between(dictionary, found, cancellation),
            Recovery = DictionaryRecovery.Between(dictionary, found, cancellationToken: cancellation),
        };

    private EncoderReport WithCodes(EncoderReport report, SparseCodes codes, CancellationToken cancellation)
    {
        MccResult latent = Mcc.Between(truth!, codes, cancellation);

        // Only with both dictionaries are the norms known that codes are relative to.
        IDictionary? found = dictionary is null ? null : encoder.Decoder as IDictionary;
        return report with
        {
            LatentMcc = latent,
            AlignedMcc = codes.AtomCount == truth!.AtomCount ? Mcc.Aligned(truth, codes) : null,
            Support = SupportMetrics.Measure(truth, codes, latent, options.ActiveThreshold),
            Shrinkage = ShrinkageMetrics.Measure(truth, codes, latent.Matching, found is null ? null : dictionary, found),
        };
    }
}
