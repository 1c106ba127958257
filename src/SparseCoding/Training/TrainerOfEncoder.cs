namespace SparseCoding;

/// <summary>A trainer of one kind of encoder: what <see cref="Trainer"/> does, and the encoder that comes out.</summary>
/// <typeparam name="TEncoder">The encoder that comes out.</typeparam>
public abstract class Trainer<TEncoder> : Trainer
    where TEncoder : class, IEncoder
{
    private protected Trainer(TrainingOptions options, RunContext context, int dimension)
        : base(options, context, dimension)
    {
    }

    /// <summary>The encoder as it stands (with averaged weights where the options ask for them); training may go on afterwards.</summary>
    public abstract TEncoder Snapshot();

    private protected sealed override string EncoderName => typeof(TEncoder).Name;
}
