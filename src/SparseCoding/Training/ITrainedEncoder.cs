namespace SparseCoding;

/// <summary>An encoder that learned something: reports show what its training cost.</summary>
public interface ITrainedEncoder : IEncoder
{
    /// <summary>What its training did; null before Fit and for an encoder of a foreign file.</summary>
    TrainingRecord? Training { get; }
}
