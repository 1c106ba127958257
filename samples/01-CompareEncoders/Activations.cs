namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Real activations, split into rows to learn from and rows to measure on.</summary>
/// <param name="Train">Rows to learn from; read as they are needed where they do not fit in memory.</param>
/// <param name="Test">Rows to measure on, in memory.</param>
/// <param name="Split">What was split how, for people.</param>
internal sealed record Activations(ActivationSource Train, Matrix Test, string Split)
{
    private const double TestShare = 0.2;

    /// <summary>Opens the files. With <paramref name="measureOnly"/> nothing is learned, so that without --test all rows of --data are there to be measured on.</summary>
    public static Activations Open(Arguments arguments, bool measureOnly)
    {
        var options = new ActivationFileOptions { TensorName = arguments.Tensor };
        ActivationSource all = ActivationFiles.Load(arguments.Data!, options);
        ActivationSource train = all, test = all;
        string split = $"{all.RowCount} rows of dimension {all.Dimension}";
        if (arguments.Test is { } path)
        {
            test = ActivationFiles.Open(path, options);
            if (test.Dimension != all.Dimension)
            {
                throw new ArgumentException($"--test has rows of dimension {test.Dimension}, but --data has dimension {all.Dimension}.");
            }
        }
        else if (!measureOnly)
        {
            long first = all.RowCount - (long)Math.Ceiling(TestShare * all.RowCount);
            if (first < 1)
            {
                throw new ArgumentException($"--data has {all.RowCount} row(s); at least 2 are needed to learn from some and measure on others.");
            }

            (train, test) = (new RowRange(all, 0, first), new RowRange(all, first, all.RowCount - first));
        }

        Matrix measured = Pick(test, arguments.Rows, arguments.Block);
        split = measureOnly
            ? $"{measured.RowCount} of {test.RowCount} rows of dimension {all.Dimension} are measured"
            : $"{train.RowCount} rows of dimension {all.Dimension} to learn from; {measured.RowCount} of {test.RowCount} {(arguments.Test is null ? "last" : "other")} rows to measure on";
        return new Activations(train, measured, split);
    }

    /// <summary>At most that many rows, in evenly spaced runs of <paramref name="block"/> neighbours.</summary>
    public static Matrix Pick(ActivationSource source, int rows, int block)
    {
        long blocks = Math.Max(1, source.RowCount / block);
        long wanted = Math.Clamp(rows / block, 1, blocks);
        var picked = new List<long>();
        for (long i = 0; i < wanted; i++)
        {
            long start = i * blocks / wanted * block;
            for (long row = start; row < Math.Min(source.RowCount, start + block) && picked.Count < rows; row++)
            {
                picked.Add(row);
            }
        }

        var batch = new SignalBatch(picked.Count, source.Dimension);
        source.Gather(picked.ToArray(), batch);
        return new Matrix(batch.Signals.ToArray(), source.Dimension);
    }

    /// <summary>Some rows of a source, as a source.</summary>
    private sealed class RowRange(ActivationSource inner, long first, long count) : ActivationSource
    {
        private long _position;

        public override int Dimension => inner.Dimension;

        public override long RowCount => count;

        public override bool IsInMemory => inner.IsInMemory;

        public override long Position
        {
            get => _position;
            set => _position = value >= 0 && value <= count ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Position must lie between 0 and {count}.");
        }

        public override void Read(SignalBatch batch)
        {
            var rows = new long[Math.Min(batch.Capacity, count - _position)];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = _position + i;
            }

            Gather(rows, batch);
            _position += rows.Length;
        }

        public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
        {
            var moved = new long[rows.Length];
            for (int i = 0; i < moved.Length; i++)
            {
                moved[i] = first + rows[i];
            }

            inner.Gather(moved, batch);
            rows.CopyTo(batch.RowIds);
        }
    }
}
