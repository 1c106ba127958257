namespace SparseCoding;

/// <summary>Edits codes: ablates, clamps or steers latents.</summary>
public interface ICodeIntervention
{
    /// <summary>The edited codes, [samples, atoms].</summary>
    /// <param name="codes">Codes as the encoder gave them, [samples, atoms].</param>
    SparseCodes Apply(SparseCodes codes);
}
