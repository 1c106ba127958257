namespace SparseCoding;

/// <summary>Edits signals through their codes and keeps the unexplained error: x + decode(edited) − decode(codes).</summary>
public interface IActivationIntervention
{
    /// <summary>Writes the edited signals.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    /// <param name="edited">Receives the edited signals, [samples · dimension].</param>
    void Apply(SignalView signals, Span<float> edited);
}
