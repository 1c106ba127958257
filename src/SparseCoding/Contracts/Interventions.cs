namespace SparseCoding;

/// <summary>The rest of a model behind the place where signals were read: gives a loss for each row.</summary>
/// <param name="signals">Signals, [samples, dimension].</param>
/// <param name="losses">Receives the loss of each row, [samples].</param>
public delegate void ModelTail(SignalView signals, Span<double> losses);

/// <summary>The gradient of a model's tail: how the loss of each row changes with its signal.</summary>
/// <param name="signals">Signals, [samples, dimension].</param>
/// <param name="gradients">Receives the gradients, [samples · dimension].</param>
public delegate void ModelTailGradient(SignalView signals, Span<float> gradients);

/// <summary>Edits codes: ablates, clamps or steers latents.</summary>
public interface ICodeIntervention
{
    /// <summary>The edited codes, [samples, atoms].</summary>
    /// <param name="codes">Codes as the encoder gave them, [samples, atoms].</param>
    SparseCodes Apply(SparseCodes codes);
}

/// <summary>Edits signals through their codes and keeps the unexplained error: x + decode(edited) − decode(codes).</summary>
public interface IActivationIntervention
{
    /// <summary>Writes the edited signals.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    /// <param name="edited">Receives the edited signals, [samples · dimension].</param>
    void Apply(SignalView signals, Span<float> edited);
}
